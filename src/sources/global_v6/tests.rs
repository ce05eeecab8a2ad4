//! Which address is chosen, rule by rule of the order.

use super::*;

const NONE: Rules = Rules { interfaces: &[], unique_local: false, loopback: false };
const TENTATIVE: u32 = 0x40;

/// Address, interface, flags.
type Given = (&'static str, u32, u32);

fn address(&(text, interface, flags): &Given) -> Address {
    Address::of(text.parse().unwrap(), 64, interface, flags)
}

fn look(number: u32) -> Option<Interface> {
    let is_running = number != 8;
    (number < 9).then(|| Interface { name: format!("wan{number}"), is_up: true, is_running })
}

fn chosen(rules: &Rules, default: &[u32], all: &[Given]) -> Seen {
    let all: Vec<Address> = all.iter().map(address).collect();
    choose(rules, &all, default, &look)
}

fn shown(seen: &Seen) -> Vec<String> {
    seen.candidates.iter().map(|one| format!("{} {}", one.address, one.interface)).collect()
}

fn seen(rules: &Rules, all: &[Given]) -> Vec<String> {
    shown(&chosen(rules, &[], all))
}

#[test]
fn only_what_the_world_can_use() {
    let all = [
        ("fe80::1", 1, 0),
        ("fd00::1", 1, 0),
        ("::1", 1, 0),
        ("ff02::1", 1, 0),
        ("::ffff:192.0.2.1", 1, 0),
        ("2001:db8::1", 1, 0x01),
        ("2001:db8::2", 1, 0xa0),
        ("2001:db8::3", 1, 0x40),
        ("2001:db8::4", 1, 0x48),
        ("2001:db8::5", 9, 0),
        ("4000::1", 1, 0),
    ];
    assert_eq!(seen(&NONE, &all), [""; 0]);
    let ula = Rules { unique_local: true, ..NONE };
    assert_eq!(seen(&ula, &all), ["fd00::1 wan1"]);
    let loopback = Rules { loopback: true, ..NONE };
    assert_eq!(seen(&loopback, &all), ["::1 wan1"]);
    assert_eq!(seen(&NONE, &[("3fff::1", 1, 0), ("2000::1", 1, 0)]).len(), 2);
}

#[test]
fn classes_in_their_order() {
    let mut all = vec![
        ("2001:db8::1", 5, 0),
        ("2002:cb00:7107::1", 4, 0),
        ("2001:0:5ef5:79fd::1", 3, 0),
        ("fd00::1", 2, 0),
        ("::1", 1, 0),
    ];
    let both = Rules { unique_local: true, loopback: true, ..NONE };
    for best in [
        "2001:db8::1 wan5",
        "2002:cb00:7107::1 wan4",
        "2001:0:5ef5:79fd::1 wan3",
        "fd00::1 wan2",
        "::1 wan1",
    ] {
        // Nothing of a lesser class beside it: what was published before gives way.
        assert_eq!(shown(&chosen(&both, &[1], &all)), [best]);
        all.remove(0);
    }
}

#[test]
fn the_interface_of_the_default_route_and_the_lowest_address() {
    let all = [("2001:db8::2", 2, 0), ("2001:db8::9", 1, 0), ("2001:db8::3", 1, 0)];
    let second = ["2001:db8::2 wan2", "2001:db8::3 wan1", "2001:db8::9 wan1"];
    assert_eq!(seen(&NONE, &all), second);
    assert_eq!(shown(&chosen(&NONE, &[1], &all))[0], "2001:db8::3 wan1");
    assert_eq!(shown(&chosen(&NONE, &[1, 2], &all)), second);
    assert_eq!(seen(&NONE, &[("2001:db8::2", 2, 0), ("2001:db8::2", 1, 0)]).len(), 1);
}

#[test]
fn named_interfaces_in_their_order() {
    let all = [("2001:db8::2", 2, 0), ("2001:db8::1", 1, 0), ("2001:db8::3", 3, 0)];
    let named = ["wan3", "ppp0", "wan2"].map(String::from);
    let rules = Rules { interfaces: &named, ..NONE };
    assert_eq!(shown(&chosen(&rules, &[2], &all)), ["2001:db8::3 wan3", "2001:db8::2 wan2"]);
}

#[test]
fn a_withdrawn_prefix_gives_way() {
    // The second one has a lifetime of its own below the prefix of the first.
    let old = [("2001:db8:1::a", 1, 0x20), ("2001:db8:1::1", 1, 0)];
    assert_eq!(seen(&NONE, &old), ["2001:db8:1::1 wan1"]);
    let mut both = old.to_vec();
    both.push(("2001:db8:2::1", 1, 0));
    assert_eq!(seen(&NONE, &both), ["2001:db8:2::1 wan1"]);
    // Another interface's prefix says nothing about it, nor does a temporary address or one that
    // somebody has made a second choice by hand.
    for aside in [(2, 0x20), (1, 0x21), (1, 0xa0)] {
        let all =
            [("2001:db8:1::a", aside.0, aside.1), ("2001:db8:1::1", 1, 0), ("2001:db8:2::1", 1, 0)];
        assert_eq!(seen(&NONE, &all), ["2001:db8:1::1 wan1", "2001:db8:2::1 wan1"], "{aside:?}");
    }
}

#[test]
fn a_tentative_address_of_a_better_class_is_waited_for() {
    let awaited = |all: &[Given]| chosen(&NONE, &[], all).awaited.map(|one| one.to_string());
    let native = ("2001:db8::2", 1, TENTATIVE);
    let some = Some("2001:db8::2".to_string());
    assert_eq!(awaited(&[native]), some);
    assert_eq!(awaited(&[("2002:cb00:7107::1", 1, 0), native]), some);
    assert_eq!(awaited(&[("2002:cb00:7107::1", 1, TENTATIVE), native]), some);
    assert_eq!(awaited(&[("2001:db8::1", 2, 0), native]), None);
    assert_eq!(awaited(&[("2001:db8::1", 2, 0), ("2002:cb00:7107::1", 1, TENTATIVE)]), None);
    for never in [
        ("fd00::1", 1, TENTATIVE),
        ("fe80::1", 1, TENTATIVE),
        ("2001:db8::3", 1, TENTATIVE | 0x01),
        ("2001:db8::3", 1, TENTATIVE | 0x08),
        ("2001:db8::3", 1, TENTATIVE | 0x20),
        // Nothing is plugged in.
        ("2001:db8::3", 8, TENTATIVE),
    ] {
        assert_eq!(awaited(&[never]), None, "{never:?}");
    }
}
