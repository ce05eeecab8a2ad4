# A stand-in for the SDK's package.mk: with it the feed Makefile tells what it would do (`show`),
# copies its sources (`prepare`) and installs (`install-NAME`) into DESTDIR.
VARIABLES:=PKG_NAME PKG_VERSION PKG_RELEASE PKG_LICENSE PKG_LICENSE_FILES PKG_MAINTAINER \
	PKG_BUILD_DEPENDS RUST_PKG_FEATURES CARGO_PKG_ARGS CARGO_PKG_VARS CARGO_RUSTFLAGS
FIELDS:=SECTION CATEGORY TITLE DEPENDS VARIANT DEFAULT_VARIANT PROVIDES CONFLICTS USERID

define BuildPackage
  $(foreach field,$(FIELDS),$(eval $(field):=))
  $(eval $(Package/$(1)))
  $(foreach field,$(FIELDS),$(eval $(1)_$(field):=$($(field))))
  $(eval NAMES+= $(1))
install-$(1):
	$$(call Package/$(1)/install,$$(DESTDIR))
	$$(foreach one,$(strip $(Package/$(1)/conffiles)),$$(call keep,$(1),$$(one)))
endef

# A configuration file that has not been installed is listed for upgrades.
define keep
	[ -f "$(DESTDIR)/$(2)" ] || { install -d -m0755 $(DESTDIR)/lib/upgrade/keep.d; \
		echo $(2) >>$(DESTDIR)/lib/upgrade/keep.d/$(1); }

endef

show:
	@$(foreach name,$(VARIABLES),echo '$(name)=$($(name))';)
	@$(foreach one,$(NAMES),$(foreach field,$(FIELDS),echo '$(one) $(field)=$($(one)_$(field))';))
	@$(foreach one,$(NAMES),echo '$(one) conffiles=$(strip $(Package/$(one)/conffiles))';)
	@$(foreach one,$(NAMES),echo '$(one) description=$(strip $(Package/$(one)/description))';)

prepare:
	$(Build/Prepare)
