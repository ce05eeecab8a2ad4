//! A case file as text: steps of what the world is like, what is run, and what must come of it.

/// The words that cases of one applet may use.
pub struct Grammar {
    /// Those that set the world up; they come before a `run`.
    pub world: &'static [&'static str],
    pub run: &'static [&'static str],
    /// Those that say what must have come of the `run` above them.
    pub expected: &'static [&'static str],
    /// Those of them that speak of one path each, and so may stand there more than once.
    pub often: &'static [&'static str],
}

/// One word at the beginning of a line, what follows it there, and the indented lines below.
#[derive(Clone, Debug)]
pub struct Item {
    pub line: usize,
    pub word: String,
    pub rest: String,
    pub body: Vec<String>,
}

impl Item {
    /// The error with its place in the file.
    pub fn wrong(&self, why: impl std::fmt::Display) -> String {
        format!("line {}, `{}`: {why}", self.line, self.word)
    }

    /// For words that take no lines below.
    pub fn no_body(&self) -> Result<(), String> {
        if self.body.is_empty() { Ok(()) } else { Err(self.wrong("takes no lines below it")) }
    }
}

pub struct Step {
    pub world: Vec<Item>,
    pub run: Item,
    pub expected: Vec<Item>,
}

/// Reads a case file. Every word must be known and in its place.
pub fn read(text: &str, grammar: &Grammar) -> Result<Vec<Step>, String> {
    if !text.lines().next().is_some_and(|line| line.starts_with("# ") && line.len() > 20) {
        return Err("line 1 must be a comment that says what the case shows".to_owned());
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut world = Vec::new();
    let mut said = Vec::new();
    for mut item in items(text)? {
        if item.word == "says" {
            if item.rest == "as above" && item.body.is_empty() {
                item.rest.clear();
                item.body.clone_from(&said);
            }
            said.clone_from(&item.body);
        }
        let word = item.word.as_str();
        if grammar.world.contains(&word) {
            world.push(item);
        } else if grammar.run.contains(&word) {
            let world = std::mem::take(&mut world);
            steps.push(Step { world, run: item, expected: Vec::new() });
        } else if !grammar.expected.contains(&word) {
            return Err(item.wrong("unknown word"));
        } else if !world.is_empty() {
            return Err(item.wrong("must stand right below its `run`"));
        } else {
            let step = steps.last_mut().ok_or_else(|| item.wrong("stands before any `run`"))?;
            let again = step.expected.iter().any(|one| one.word == word);
            if again && !grammar.often.contains(&word) {
                return Err(item.wrong("stands here twice"));
            }
            step.expected.push(item);
        }
    }
    if steps.is_empty() || !world.is_empty() {
        return Err("a case ends with a `run` and what must come of it".to_owned());
    }
    Ok(steps)
}

fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut items: Vec<Item> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line_number = number + 1;
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(below) = line.strip_prefix("  ") {
            let item =
                items.last_mut().ok_or(format!("line {line_number} stands below nothing"))?;
            item.body.push(below.to_owned());
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (word, rest) = (word.to_owned(), rest.trim().to_owned());
        items.push(Item { line: line_number, word, rest, body: Vec::new() });
    }
    Ok(items)
}

#[test]
fn only_known_words_in_their_places_pass() {
    let head = "# Says what it shows, at length.\n";
    let good = format!("{head}seen 1.2.3.4\nrun -v\nexit 1\nsays\n  a\n  b\nrun\n");
    let read = |text: &str| read(text, &super::GRAMMAR);
    let steps = read(&good).unwrap();
    assert_eq!((steps.len(), steps[0].expected[1].body.len()), (2, 2));
    for bad in [
        "run\nsees\n",
        "exit 0\nrun\n",
        "run\nseen 1.2.3.4\nexit 0\nrun\n",
        "",
        "run\nexit 1\nexit 1\n",
    ] {
        assert!(read(&format!("{head}{bad}")).is_err(), "{bad}");
    }
    assert!(read("run\n").is_err());
}
