//! What came of a run against what the case says must have come of it; what is not said is nothing.
use super::described;
use super::files::octal;
use super::run::End;
use super::script::{Item, Step};
use super::shown;
use super::stage::Stage;
use super::words::{self, difference};
use crate::standin::TOKEN;
use crate::standin::json::{self, Value};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// How old a cache just written may be, in seconds.
const FRESH_SECONDS: u64 = 300;
/// The exit status of a program that a signal ended.
const KILLED: &str = "killed";
/// The short usage, as `{usage}` in a case; one case shows that it is this.
const USAGE: &str = "\
Usage: cf-ddns-sync --apiToken TOKEN | --apiTokenFile FILE --zoneId ID --target NAME
                    [--source INTERFACE]... [OPTION]...
See 'cf-ddns-sync --help'.";

/// The state before a run, for what the run must leave alone.
pub struct Before {
    records: Vec<String>,
    cache: Option<(u32, Vec<u8>)>,
}

/// What `unchanged` means: as it was, or as another run left it meanwhile.
fn undisturbed(stage: &Stage, before: &Before) -> Option<(u32, Vec<u8>)> {
    let left = stage.meanwhile.as_ref().map(|document| (0o100_600, document.clone().into_bytes()));
    left.or_else(|| before.cache.clone())
}

pub fn before(stage: &Stage) -> Before {
    let mut records = stage.api.records();
    records.sort();
    Before { records, cache: snapshot(&stage.cache_file()) }
}

/// Type and mode, and the content of a plain file or the target of a link.
fn snapshot(path: &Path) -> Option<(u32, Vec<u8>)> {
    let about = path.symlink_metadata().ok()?;
    let target = fs::read_link(path).map(|to| to.into_os_string().into_encoded_bytes());
    let content = target.or_else(|_| fs::read(path)).unwrap_or_default();
    Some((about.permissions().mode(), content))
}

/// Everything that is not as it should be, in words.
pub fn judge(
    stage: &Stage,
    step: &Step,
    end: &End,
    before: &Before,
) -> Result<Vec<String>, String> {
    let mut faults = always(stage, end);
    let expects = |word: &str| step.expected.iter().find(|item| item.word == word);
    let mut lists = |name: &str, expected: Vec<String>, came: Vec<String>| {
        faults.extend(difference(&expected, &came).map(|lines| format!("{name}:\n{lines}")));
    };
    let exit = expects("exit").map_or("0", |item| &item.rest);
    let known = ["0", "1", "2", KILLED].contains(&exit);
    let status = end.status.map_or(KILLED.to_owned(), |status| status.to_string());
    lists(
        "exit status",
        vec![if known { exit.to_owned() } else { "0, 1, 2?".to_owned() }],
        vec![status],
    );
    lists("stderr", says(stage, expects("says"))?, text_lines(&end.stderr));
    let mut calls = Vec::new();
    for line in listed(expects("calls"))? {
        calls.push(shown::expected_call(&line)?);
    }
    let came = stage.api.take_calls();
    let came = came.iter().zip(&calls).map(|(call, want)| shown::call(call, want)).chain(
        // What was not expected is shown whole.
        came.iter().skip(calls.len()).map(|call| shown::call(call, "{")),
    );
    lists("calls of the API", calls.clone(), came.collect());
    lists("records", records_after(expects("records"), before)?, sorted(stage.api.records()));
    if let Some(item) = expects("started") {
        let lines: Result<_, _> = listed(Some(item))?.iter().map(|one| stage.fill(one)).collect();
        lists("started", sorted(lines?), stage.children.started());
    } else if exit == "2" {
        lists("started", vec![], stage.children.started());
    }
    if let Some(item) = expects("asked") {
        let came = stage.dns.as_ref().map(|dns| dns.with(|whoami| whoami.asked.clone()));
        lists("asked", listed(Some(item))?, came.ok_or_else(|| item.wrong("of what?"))?);
    }
    let cache = expects("cache").map_or("unchanged", |item| item.rest.as_str());
    faults.extend(cache_fault(stage, cache, expects("cache"), before)?);
    for item in &step.expected {
        faults.extend(single(stage, item, end)?);
    }
    Ok(faults)
}

/// What must never be, whatever the case says.
fn always(stage: &Stage, end: &End) -> Vec<String> {
    let mut faults = Vec::new();
    if !end.stdout.is_empty() {
        faults.push(format!("stdout: {:?}", String::from_utf8_lossy(&end.stdout)));
    }
    if String::from_utf8_lossy(&end.stderr).contains(TOKEN) {
        faults.push("stderr shows the token".to_owned());
    }
    for violation in stage.api.violations() {
        faults.push(format!("a request that breaks the schema: {violation}"));
    }
    faults.extend(stage.children.unexpected());
    let from_sources = end.words.iter().any(|word| {
        let word = word.to_string_lossy();
        word == "--source" || word.starts_with("--source=")
    });
    for line in stage.children.started() {
        let bound = line.starts_with("dig -b ");
        if line.starts_with("dig ") && bound != from_sources {
            faults.push(format!("dig asked from the wrong place: {line}"));
        }
    }
    for pid in stage.children.left_over() {
        faults.push(format!("child {pid} was left over"));
    }
    let cache = stage.directory.join("cache");
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ![".cache", ".lock"].iter().any(|end| name.ends_with(end)) {
            faults.push(format!("left in the cache directory: {name}"));
        }
    }
    faults
}

fn text_lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

/// The lines below a word, or none where it says so.
fn listed(item: Option<&Item>) -> Result<Vec<String>, String> {
    let Some(item) = item else { return Ok(Vec::new()) };
    match (item.rest.as_str(), item.body.is_empty()) {
        ("none", true) | ("", false) => Ok(item.body.clone()),
        _ => Err(item.wrong("is `none` or has its lines below it")),
    }
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn says(stage: &Stage, item: Option<&Item>) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let Some(item) = item else { return Ok(lines) };
    if !item.rest.is_empty() || item.body.is_empty() {
        return Err(item.wrong("has its lines below it; leave it out for silence"));
    }
    for line in &item.body {
        match line.as_str() {
            "{usage}" => lines.extend(USAGE.lines().map(str::to_owned)),
            line => lines.push(stage.fill(line).map_err(|why| item.wrong(why))?),
        }
    }
    Ok(lines)
}

fn records_after(item: Option<&Item>, before: &Before) -> Result<Vec<String>, String> {
    let Some(item) = item else { return Ok(before.records.clone()) };
    let mut lines = Vec::new();
    for line in &listed(Some(item))? {
        lines.extend(described::read(line)?.iter().map(described::Described::line));
    }
    Ok(sorted(lines))
}

/// `cache unchanged` (when not said), `absent`, or `written`: what the API has, and fresh.
fn cache_fault(
    stage: &Stage,
    expected: &str,
    item: Option<&Item>,
    before: &Before,
) -> Result<Option<String>, String> {
    let now = snapshot(&stage.cache_file());
    let text = |state: &Option<(u32, Vec<u8>)>| match state {
        None => "absent".to_owned(),
        Some((mode, content)) => {
            let content = String::from_utf8_lossy(content);
            let content: String = content.chars().take(400).collect();
            format!("mode {mode:o} {content}")
        }
    };
    let differs = |expected: &str, came: &str| {
        let lines = difference(&[expected.to_owned()], &[came.to_owned()]);
        lines.map(|lines| format!("cache:\n{lines}"))
    };
    match expected {
        "unchanged" => {
            let then = undisturbed(stage, before);
            Ok(if now == then { None } else { differs(&text(&then), &text(&now)) })
        }
        // For a step that looks at it with `content`.
        "some" => Ok(now.is_none().then(|| "cache: absent".to_owned())),
        "absent" => Ok(differs("absent", &text(&now))),
        "written" => {
            let kept = ["id", "name", "type", "content", "ttl", "proxied", "comment", "tags"];
            let only = |record: &Value| {
                let mut made = json::Object::new();
                for key in kept {
                    made.insert(key.to_owned(), json::field(record, key).unwrap().clone());
                }
                Value::Object(made)
            };
            let records = stage.target_records().iter().map(only).collect();
            let document = now.as_ref().and_then(|(_, content)| json::parse(content));
            let written = document.as_ref().and_then(|one| json::field(one, "timestamp"));
            let written = written.and_then(json::as_u64).unwrap_or(0);
            let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            let fresh = (clock - FRESH_SECONDS..=clock).contains(&written);
            let stamp = if fresh { written } else { clock };
            let right = described::cache_document(stamp, records);
            let sorted = document.map(|document| json::text(&document));
            let sorted = sorted.map(|text| (now.as_ref().map_or(0, |(mode, _)| *mode), text));
            let came = sorted.map_or(text(&now), |(mode, text)| format!("mode {mode:o} {text}"));
            Ok(differs(&format!("mode 100600 {right}"), &came))
        }
        _ => Err(item.map_or(String::new(), |item| item.wrong("written, absent or unchanged"))),
    }
}

/// `mode PATH OCTAL`, `absent PATH`, `present PATH`, `content PATH` and lines, `takes RANGE`.
fn single(stage: &Stage, item: &Item, end: &End) -> Result<Option<String>, String> {
    let rest = stage.fill(&item.rest).map_err(|why| item.wrong(why))?;
    let (path, more) = rest.split_once(' ').unwrap_or((&rest, ""));
    if !["says", "calls", "records", "started", "asked", "content"].contains(&&*item.word) {
        item.no_body()?;
    }
    if ["absent", "present", "content"].contains(&&*item.word) && !more.is_empty() {
        return Err(item.wrong("takes one path"));
    }
    let about = Path::new(path).symlink_metadata();
    Ok(match item.word.as_str() {
        "mode" => {
            let mode = octal(more).ok_or_else(|| item.wrong("PATH OCTAL"))?;
            let came = about.map(|about| about.permissions().mode() & 0o7777);
            let came = came.map_err(|why| item.wrong(why))?;
            (came != mode).then(|| format!("{path}: mode {came:04o}, not {mode:04o}"))
        }
        "absent" => about.is_ok().then(|| format!("{path} is there")),
        "present" => about.is_err().then(|| format!("{path} is missing")),
        "content" => {
            let came = text_lines(&fs::read(path).map_err(|why| item.wrong(why))?);
            difference(&item.body, &came).map(|lines| format!("{path}:\n{lines}"))
        }
        "takes" => {
            let range = words::seconds(&rest).map_err(|why| item.wrong(why))?;
            let off = !range.contains(&end.seconds);
            off.then(|| format!("it took {:.2} s, not {rest}", end.seconds))
        }
        _ => None,
    })
}
