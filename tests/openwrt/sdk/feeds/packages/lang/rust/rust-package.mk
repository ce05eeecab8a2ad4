# A stand-in for the packages feed's rust-package.mk: what it sets, which we must override.
RUST_ARCH_DEPENDS:=@(mips||mipsel)
CARGO_HOME:=/cargo-home
CARGO_RUSTFLAGS:=-Ctarget-feature=-crt-static
CARGO_PKG_VARS=CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_PANIC=unwind
CARGO_PKG_ARGS=--locked
