//! `cargo demo`: the main job before your eyes, against stand-ins on loopback; no account, no root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::too_many_lines
)]

mod stage;
#[path = "../standin/mod.rs"]
mod standin;

use stage::{Stage, check};
use standin::json;

const HOST: &str = "host1.example.com";

fn main() {
    let mut stage = Stage::set();
    stage.say(
        "This is ddnsbox doing its main job: the A records of one name follow the\n\
         public addresses of a router. Cloudflare and whoami.cloudflare are played by\n\
         stand-ins on 127.0.0.1; the program is the real one, and nothing leaves this\n\
         machine. Lines with '$' are typed, lines with '|' are the program's output.",
    );
    first_address(&mut stage);
    new_address(&mut stage);
    two_wans(&mut stage);
    not_done(&mut stage);
    check(stage.api.violations().is_empty(), "each request kept to Cloudflare's schema");
    stage.say("\nAll of it was as it should be.");
}

fn first_address(stage: &mut Stage) {
    stage.dns.say("203.0.113.7");
    stage.scene("The name has no address yet: it gets one");
    let end = stage.run(&[]);
    check(end.status == 0 && stage.api.addresses() == ["203.0.113.7"], "one record was added");
    end.says("Adding '203.0.113.7' to 'host1.example.com'.");
    check(stage.requests() == ["GET", "POST"], "one look and one write");

    stage.scene("Nothing has changed: the cache answers, Cloudflare is not asked");
    let end = stage.run(&[]);
    end.says("DNS A records for 'host1.example.com' = [203.0.113.7] (Cached)");
    end.says("Skipping '203.0.113.7'.");
    check(end.status == 0 && stage.requests().is_empty(), "no request at all");
}

fn new_address(stage: &mut Stage) {
    let id = json::parse(stage.record_id(0).as_bytes()).unwrap();
    let by_hand = br#"{"proxied":true,"comment":"home, do not touch"}"#;
    stage.change_by_hand(json::as_str(&id).unwrap(), &json::parse(by_hand).unwrap());
    stage.dns.say("203.0.113.8");
    stage.scene(
        "Meanwhile the owner turned the proxy on and wrote a comment; now the line gets a new \
         address: the record is changed, what the owner set stays",
    );
    let end = stage.run(&[]);
    end.says("Updating '203.0.113.8' in 'host1.example.com'.");
    check(end.status == 0, "exit 0");
    let kept = "A host1.example.com 203.0.113.8 ttl=60 proxied=true \
                comment=\"home, do not touch\" tags=[]";
    check(stage.api.records() == [kept], "address changed, proxied and comment kept");
    check(stage.requests() == ["GET", "PATCH"], "one look and one write");
}

fn two_wans(stage: &mut Stage) {
    stage.scene(
        "A router with two lines, wan0 and wan1. Its `ip` and `dig` are played by two small \
         scripts: wan0 is seen as 203.0.113.8, wan1 as 198.51.100.9",
    );
    stage.play_two_wans(Some("198.51.100.9"));
    let sources = ["--source", "wan0", "--source", "wan1"];
    let end = stage.run(&sources);
    end.says("Got IPv4 address '198.51.100.9' for interface 'wan1'.");
    end.says("Skipping '203.0.113.8'.");
    end.says("Adding '198.51.100.9' to 'host1.example.com'.");
    check(end.status == 0, "exit 0");
    check(stage.api.addresses() == ["198.51.100.9", "203.0.113.8"], "both are published");
    stage.requests();

    stage.scene("wan1 goes down: its record goes");
    stage.play_two_wans(None);
    let end = stage.run(&sources);
    end.says("Removing '198.51.100.9' from 'host1.example.com'.");
    check(end.status == 0 && stage.api.addresses() == ["203.0.113.8"], "one record is left");
    check(stage.requests() == ["GET", "DELETE"], "one look and one write");
}

fn not_done(stage: &mut Stage) {
    stage.play_two_wans(Some("198.51.100.10"));
    stage.scene("--dryRun: what would be done, without doing it");
    let end = stage.run(&["--source", "wan0", "--source", "wan1", "--dryRun"]);
    end.says("Adding '198.51.100.10' to 'host1.example.com'.");
    check(end.status == 0 && stage.api.addresses() == ["203.0.113.8"], "nothing was changed");
    check(stage.requests() == ["GET"], "only a look");

    stage.scene("Cloudflare refuses the token: its own words, what to do, and exit status 1");
    stage.api.fault(concat!(
        r#"* reply 403 body={"success":false,"errors":[{"code":9109,"#,
        r#""message":"Invalid access token"}],"messages":[],"result":null}"#
    ));
    let end = stage.run(&["--source", "wan0", "--source", "wan1"]);
    end.says("ERROR: Invalid access token (code: 9109).");
    check(end.status == 1 && stage.api.addresses() == ["203.0.113.8"], "nothing was changed");
}
