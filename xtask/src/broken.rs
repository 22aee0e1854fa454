//! The broken variants: ways to break the store, each with the test that must see it.
//!
//! A test that cannot fail proves nothing. `cargo xtask broken` puts all of these changes into a copy of the sources, each behind
//! a switch that is read at run time, compiles that copy once, and demands that the test named with a variant fails when it is
//! switched on, and says why in the words given here: a program that only fell over would fail any test. [`crate::proof`] does
//! the work; this is the list.
//!
//! `sound` is found exactly once in its file: whoever rewrites that code gives its variant a new place. The ordinary tests check
//! that, and that the copy compiles.

/// One way to break the store.
#[derive(Debug)]
pub struct Variant {
    pub name: &'static str,
    /// The promise it breaks, by its number in ARCHITECTURE.md.
    pub promise: &'static str,
    pub file: &'static str,
    /// The code as it is.
    pub sound: &'static str,
    /// The code that runs in its place.
    pub broken: Broken,
    pub test: Test,
    /// What the test may say when it fails; all of it has to do with the promise.
    pub says: &'static [&'static str],
}

/// How the sound code and the broken code stand side by side.
#[derive(Debug)]
pub enum Broken {
    /// Both are an expression or statements of their own: one of them runs.
    Instead(&'static str),
    /// The text that replaces the sound code and has both in it; [`ON`] in it is the switch.
    Within(&'static str),
}

/// What stands for a variant's switch in [`Broken::Within`].
pub const ON: &str = "«on»";

impl Variant {
    /// The code that runs the sound or the broken code, by the variant's switch.
    pub fn switched(&self) -> String {
        let on = format!("crate::is_broken({:?})", self.name);
        match self.broken {
            Broken::Instead(broken) => format!("{{ if {on} {{ {broken} }} else {{ {} }} }}", self.sound),
            Broken::Within(text) => text.replace(ON, &on),
        }
    }
}

/// A test by its name, in the order of cargo's targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    Unit(&'static str),
    Integration(&'static str),
    Crash(&'static str),
}

const KILLED_WRITERS: Test = Test::Crash("locks::no_acknowledged_update_of_many_killed_writers_is_lost");
const UPDATE_POWER_CUT: Test = Test::Crash("power::an_acknowledged_update_survives_a_power_cut");
const KILLED_TRANSACTION: Test = Test::Crash("documents::a_transaction_killed_at_any_moment_happens_whole_or_not_at_all");

pub const VARIANTS: &[Variant] = &[
    Variant {
        name: "no lock",
        promise: "G1",
        file: "src-tauri/store/document.rs",
        sound: "Lock::new(&self.locks, &self.lock_id, purpose)",
        broken: Broken::Instead("Lock::new(&self.locks, &Uuid::new_v4().to_string(), purpose)"),
        test: KILLED_WRITERS,
        says: &["was acknowledged"],
    },
    Variant {
        name: "read outside the lock",
        promise: "G1",
        file: "src-tauri/media/mod.rs",
        sound: r#"let (item, committed) = self.store.transact_told("change a media item", |batch| {"#,
        broken: Broken::Within(
            r#"let early = if «on» { Some(self.store.text(&catalogue::name())?.unwrap_or_default()) } else { None };
        let (item, committed) = self.store.transact_told("change a media item", |batch| {
            if let Some(early) = early { batch.set_text(&catalogue::name(), early)?; }"#,
        ),
        test: KILLED_WRITERS,
        says: &["was acknowledged"],
    },
    Variant {
        name: "read from memory",
        promise: "G1",
        file: "src-tauri/store/batch.rs",
        sound: "let text: Option<Arc<str>> = read_text(&self.root.join(name))?.map(Arc::from);",
        broken: Broken::Within(
            "let text: Option<Arc<str>> = if «on» {
            static MEMORY: std::sync::Mutex<BTreeMap<PathBuf, Arc<str>>> = std::sync::Mutex::new(BTreeMap::new());
            let mut memory = MEMORY.lock().unwrap();
            if !memory.contains_key(&self.root.join(name))
                && let Some(text) = read_text(&self.root.join(name))?
            {
                memory.insert(self.root.join(name), text.into());
            }
            memory.get(&self.root.join(name)).cloned()
        } else {
            read_text(&self.root.join(name))?.map(Arc::from)
        };",
        ),
        test: Test::Integration("media::an_update_builds_on_what_another_process_wrote_since"),
        says: &["what another process wrote is kept"],
    },
    Variant {
        name: "stale elements",
        promise: "G1",
        file: "src-tauri/store/elements.rs",
        sound: "self.is_text(text) && self.is_array(array)",
        broken: Broken::Instead("!text.is_empty() && self.is_array(array)"),
        test: Test::Unit("store::elements::tests::elements_are_cut_anew_from_a_text_that_was_changed_meanwhile"),
        says: &["every edit is there"],
    },
    Variant {
        name: "a failed write told as done",
        promise: "G1",
        file: "src-tauri/store/group.rs",
        sound: "tell(round, outcome.clone());",
        broken: Broken::Instead("tell(round, Ok(outcome.clone().unwrap_or_default()));"),
        test: Test::Unit("store::group::tests::all_who_share_a_write_that_fails_are_told_so"),
        says: &["acknowledged and not written"],
    },
    Variant {
        name: "in place",
        promise: "G2",
        file: "src-tauri/store/replace.rs",
        sound: "write_temp(&temp, target, bytes).and_then(|()| retry(&temp, || disk::rename(&temp, target)))",
        broken: Broken::Instead("overwrite(target, bytes).and_then(|()| File::open(target)?.sync_all())"),
        test: Test::Crash("documents::an_update_on_a_disk_that_fills_up_at_any_moment_leaves_the_old_state_or_says_so"),
        says: &["left the old state, or said so", "the catalogue is whole"],
    },
    Variant {
        name: "no fsync",
        promise: "G3",
        file: "src-tauri/store/replace.rs",
        sound: "file.write_all(bytes)?;\n    file.sync_all()",
        broken: Broken::Instead("file.write_all(bytes)"),
        test: UPDATE_POWER_CUT,
        says: &["what was acknowledged is there", "Corrupt"],
    },
    Variant {
        name: "no directory fsync",
        promise: "G3",
        file: "src-tauri/store/replace.rs",
        sound: "target.parent().map_or(Ok(()), sync_dir)",
        broken: Broken::Instead("target.parent().map_or(Ok(()), |_| Ok(()))"),
        test: UPDATE_POWER_CUT,
        says: &["what was acknowledged is there"],
    },
    Variant {
        name: "no sync of a staging folder",
        promise: "G3",
        file: "src-tauri/store/staging.rs",
        sound: "sync_until(&self.path, cancel)?;",
        broken: Broken::Instead(""),
        test: Test::Crash("power::an_acknowledged_demo_survives_a_power_cut"),
        says: &["what was acknowledged is there", "is clean", "git fsck has nothing to say"],
    },
    Variant {
        name: "no journal",
        promise: "G4",
        file: "src-tauri/store/batch.rs",
        sound: "journal::commit(&self.root, targets.collect())?;",
        broken: Broken::Instead(
            "drop(targets);
                for (name, new) in &changed {
                    journal::commit_one(&self.root, name, self.base.get(*name).is_some_and(Option::is_some), new.as_ref())?;
                }",
        ),
        test: KILLED_TRANSACTION,
        says: &["files and entries come together", "half of it is there"],
    },
    Variant {
        name: "a journal nobody finishes",
        promise: "G4",
        file: "src-tauri/store/document.rs",
        sound: "journal::recover(&self.root)?;",
        broken: Broken::Instead(""),
        test: KILLED_TRANSACTION,
        says: &["no journal is left over", "files and entries come together"],
    },
    Variant {
        name: "nothing swept",
        promise: "G5",
        file: "src-tauri/store/document.rs",
        sound: r#"sweep(&self.root.join(".tmp"))?;"#,
        broken: Broken::Instead(""),
        test: Test::Crash("documents::an_update_killed_at_any_moment_is_there_or_not_and_never_torn"),
        says: &["nothing is left over in"],
    },
    Variant {
        name: "a doubt told as a failure",
        promise: "G6",
        file: "src-tauri/store/replace.rs",
        sound: "Code::Indeterminate",
        broken: Broken::Instead("Code::Io"),
        test: Test::Crash("documents::an_update_on_a_failing_disk_leaves_the_old_state_or_says_so"),
        says: &["left the old state, or said so"],
    },
    Variant {
        name: "a lock taken from a stopped holder",
        promise: "G7",
        file: "src-tauri/store/lock.rs",
        sound: "Wait::Patiently if started.elapsed() >= PATIENCE => return Err(self.refusal(wait)),",
        broken: Broken::Within(
            "Wait::Patiently if started.elapsed() >= PATIENCE && «on» => return Ok(Guard { file, seat }),
                Wait::Patiently if started.elapsed() >= PATIENCE => return Err(self.refusal(wait)),",
        ),
        test: Test::Crash("locks::a_stopped_holder_is_named_as_stopped_and_goes_on_where_it_was"),
        says: &["is refused"],
    },
];
