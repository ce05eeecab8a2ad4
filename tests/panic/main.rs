//! Does what crashed in a static-pie on MIPS (random keys, a thread), then panics with a sentence.

// The very stubs the product is linked with: a panic must speak in spite of them.
#[path = "../../src/os/symbol_stubs.rs"]
mod symbol_stubs;

use std::collections::HashMap;

fn main() {
    let names: HashMap<&str, u8> = HashMap::from([("one", 1), ("two", 2)]);
    eprintln!("a map of {}", names.len());
    let thread = std::thread::Builder::new().name("named".into()).spawn(|| 6 * 7);
    let answer = thread.ok().and_then(|thread| thread.join().ok());
    eprintln!("a thread that says {}", answer.unwrap_or_default());
    let given = std::env::args().count();
    panic!("this is said on purpose, with {given} argument and {:?}", Some(answer));
}
