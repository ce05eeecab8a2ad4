"""What openwrt/pack is made of."""
