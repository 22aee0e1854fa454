//! Group commit: updates that wait for the same store share one hold of its lock and one write.
//!
//! Whoever comes first leads: it waits for the lock, and whoever comes while it waits joins its round. With the lock in
//! hand every member runs its own change, one after the other, on the one batch; the leader commits it and tells all of
//! them how that went. Each member has its own result, and a change that fails or panics takes only itself back. Who is
//! alone goes straight through.
//!
//! (Group commit as databases do it: `DeWitt` et al., "Implementation techniques for main memory database systems", 1984.)

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use super::batch::{Batch, Committed};
use crate::error::{Code, Error, Result};

/// How many updates one round takes at the most.
const ROUND: usize = 256;

/// The round that is gathering members, by store.
static GATHERING: LazyLock<Mutex<HashMap<Key, Arc<Round>>>> = LazyLock::new(Mutex::default);

/// Who may share a round: those with the same store, and with the same right to it while an operation is under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub root: PathBuf,
    /// A demo's folder that gets another id is another store.
    pub lock_id: String,
    pub heeds_operations: bool,
}

thread_local! {
    /// The stores in whose changes this thread is.
    static INSIDE: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
}

/// Leaves the innermost change, also when it panics.
struct Leaving;

impl Drop for Leaving {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(Vec::pop);
    }
}

#[derive(Debug, Default)]
struct Round {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    joined: usize,
    ran: usize,
    /// There while members may run, one at a time.
    batch: Option<Batch>,
    /// Who sleeps until the batch is theirs.
    asleep: VecDeque<Thread>,
    /// Who sleeps until it is told how the commit went.
    told: Vec<Thread>,
    /// The leader, when it sleeps until all have run.
    leader: Option<Thread>,
    outcome: Option<Outcome>,
}

/// How a commit went, for all members alike.
type Outcome = Result<Arc<Committed>>;

impl State {
    /// Hands the batch on: to whoever sleeps first, or else to the leader. One is woken, not all.
    fn hand_on(&mut self, batch: Batch) {
        self.ran += 1;
        self.batch = Some(batch);
        if let Some(next) = self.asleep.pop_front().or_else(|| self.leader.take()) {
            next.unpark();
        }
    }
}

/// Runs `change` on a batch that `open` makes, together with whoever else waits for the same.
///
/// # Errors
/// Those of `change`, in which case it has changed nothing; those of `open` and of the commit, which all members share.
pub(super) fn run<R>(
    key: &Key,
    open: impl FnOnce() -> Result<Batch>,
    change: impl FnOnce(&mut Batch) -> Result<R>,
) -> Result<(R, Arc<Committed>)> {
    // A change that began another one on its own store would wait for itself.
    let root = &key.root;
    if INSIDE.with_borrow(|inside| inside.contains(root)) {
        return Err(Error::new(
            Code::Internal,
            format!("A change within a change of {} was refused. Nothing was changed.", root.display()),
        ));
    }
    let (round, leads) = join(key);
    let change = |batch: &mut Batch| {
        INSIDE.with_borrow_mut(|inside| inside.push(root.clone()));
        let _leaving = Leaving;
        change(batch)
    };
    if leads { lead(key, &round, open, change) } else { follow(&round, change) }
}

fn join(key: &Key) -> (Arc<Round>, bool) {
    let mut gathering = lock(&GATHERING);
    if let Some(round) = gathering.get(key) {
        let mut state = lock(&round.state);
        if state.joined < ROUND {
            state.joined += 1;
            drop(state);
            return (round.clone(), false);
        }
    }
    let round = Arc::new(Round::default());
    lock(&round.state).joined = 1;
    gathering.insert(key.clone(), round.clone());
    (round, true)
}

fn lead<R>(
    key: &Key,
    round: &Arc<Round>,
    open: impl FnOnce() -> Result<Batch>,
    change: impl FnOnce(&mut Batch) -> Result<R>,
) -> Result<(R, Arc<Committed>)> {
    let opened = open();
    let mut batch = match opened {
        Ok(batch) => batch,
        Err(error) => {
            close(key, round);
            tell(round, Err(error.clone()));
            return Err(error);
        }
    };
    let own = attempt(&mut batch, change);
    lock(&round.state).hand_on(batch);
    let batch = loop {
        let mut state = lock(&round.state);
        if state.ran == state.joined {
            drop(state);
            // Nobody joins any more; who joined in this very moment is still let run.
            close(key, round);
            state = lock(&round.state);
            if state.ran == state.joined {
                break state.batch.take();
            }
        }
        state.leader = Some(thread::current());
        drop(state);
        thread::park();
    };
    let outcome = batch.map_or_else(|| Ok(Committed::default()), Batch::commit).map(Arc::new);
    tell(round, outcome.clone());
    own.and_then(|result| outcome.map(|committed| (result, committed)))
}

fn follow<R>(round: &Round, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<(R, Arc<Committed>)> {
    // A thread may be woken for no reason, so what it sleeps for is looked at each time.
    let mut is_asleep = false;
    let mut batch = loop {
        let mut state = lock(&round.state);
        if let Some(Err(error)) = &state.outcome {
            return Err(error.clone());
        }
        if let Some(batch) = state.batch.take() {
            if is_asleep {
                state.asleep.retain(|other| other.id() != thread::current().id());
            }
            break batch;
        }
        if !state.asleep.iter().any(|other| other.id() == thread::current().id()) {
            state.asleep.push_back(thread::current());
        }
        is_asleep = true;
        drop(state);
        thread::park();
    };
    let own = attempt(&mut batch, change);
    lock(&round.state).hand_on(batch);
    let result = own?;
    loop {
        let mut state = lock(&round.state);
        if let Some(outcome) = &state.outcome {
            return outcome.clone().map(|committed| (result, committed));
        }
        if !state.told.iter().any(|other| other.id() == thread::current().id()) {
            state.told.push(thread::current());
        }
        drop(state);
        thread::park();
    }
}

/// Runs one change; a failed or panicked one leaves the batch as it was.
fn attempt<R>(batch: &mut Batch, change: impl FnOnce(&mut Batch) -> Result<R>) -> Result<R> {
    let mark = batch.mark();
    let result = catch_unwind(AssertUnwindSafe(|| change(batch))).unwrap_or_else(|_| {
        Err(Error::new(Code::Internal, "Backlot met a defect of its own while changing a document; the document was left unchanged."))
    });
    if result.is_err() {
        batch.go_back(mark);
    }
    result
}

fn close(key: &Key, round: &Arc<Round>) {
    let mut gathering = lock(&GATHERING);
    if gathering.get(key).is_some_and(|current| Arc::ptr_eq(current, round)) {
        gathering.remove(key);
    }
}

fn tell(round: &Round, outcome: Outcome) {
    let mut state = lock(&round.state);
    state.outcome = Some(outcome);
    let (asleep, told) = (std::mem::take(&mut state.asleep), std::mem::take(&mut state.told));
    drop(state);
    asleep.iter().chain(&told).for_each(Thread::unpark);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Lock, Mode, Store, Wait};

    #[test]
    fn all_who_share_a_write_that_fails_are_told_so() {
        const MEMBERS: usize = 5;
        let folder = tempfile::tempdir().unwrap();
        let (root, locks) = (folder.path().join("s"), folder.path().join("locks"));
        let store = Store::new(root.clone(), &locks, "s");
        std::fs::create_dir_all(&root).unwrap();
        let key = Key { root: root.clone(), lock_id: "s".to_owned(), heeds_operations: false };
        let held = Lock::new(&locks, "s", "keep the round waiting").take(Mode::Exclusive, Wait::Try).unwrap();
        let results: Vec<Result<()>> = thread::scope(|scope| {
            let change = |number: usize| {
                store.transact("try", |batch| {
                    // Only now, since the lock is not given where this is so: no temp can be written where a file is in the place
                    // of their folder.
                    std::fs::write(batch.root().join(".tmp"), "").unwrap();
                    batch.set_text(&format!("{number}.txt"), "new")
                })
            };
            let threads: Vec<_> = (0..MEMBERS).map(|number| scope.spawn(move || change(number))).collect();
            while lock(&GATHERING).get(&key).is_none_or(|round| lock(&round.state).joined < MEMBERS) {
                thread::yield_now();
            }
            drop(held);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(results.iter().all(Result::is_err), "acknowledged and not written: {results:?}");
        assert!(!root.join("0.txt").exists());
    }
}
