//! A writer that fails once, and then only counts.
//!
//! [`zip::ZipWriter`] finishes its archive when it is dropped. After a write that failed its positions are no longer those of the
//! file: it panics on that, or prints to stderr. So it never sees a failure: the first one is kept for whoever asks, nothing is
//! written any more, and the positions go on as if it were.

use std::cell::RefCell;
use std::io::{self, Seek, SeekFrom, Write};
use std::rc::Rc;

/// The first failure of a [`Steady`], which has moved into the zip library.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure {
    kept: Rc<RefCell<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    has_failed: bool,
    cause: Option<io::Error>,
}

impl Failure {
    /// Whether everything was written until now.
    ///
    /// # Errors
    /// The first failure, as the system said it; afterwards only that there was one.
    pub fn check(&self) -> io::Result<()> {
        let mut kept = self.kept.borrow_mut();
        match kept.cause.take() {
            Some(cause) => Err(cause),
            None if kept.has_failed => Err(io::Error::other("an earlier write failed")),
            None => Ok(()),
        }
    }

    fn has_failed(&self) -> bool {
        self.kept.borrow().has_failed
    }

    fn keep(&self, cause: io::Error) {
        *self.kept.borrow_mut() = Kept { has_failed: true, cause: Some(cause) };
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Steady<W> {
    inner: W,
    failure: Failure,
    position: u64,
    end: u64,
}

impl<W: Write + Seek> Steady<W> {
    /// Writes to `inner`, which is empty.
    pub fn new(inner: W) -> (Self, Failure) {
        let failure = Failure::default();
        (Self { inner, failure: failure.clone(), position: 0, end: 0 }, failure)
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.inner
    }

    fn moved(&self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(position) => return Ok(position),
            SeekFrom::End(by) => (self.end, by),
            SeekFrom::Current(by) => (self.position, by),
        };
        from.checked_add_signed(by).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

impl<W: Write + Seek> Write for Steady<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = bytes.len();
        if !self.failure.has_failed() {
            match self.inner.write(bytes) {
                Ok(written) if written > 0 || bytes.is_empty() => count = written,
                Ok(_) => self.failure.keep(io::ErrorKind::WriteZero.into()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => return Err(cause),
                Err(cause) => self.failure.keep(cause),
            }
        }
        self.position += count as u64;
        self.end = self.end.max(self.position);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.failure.has_failed()
            && let Err(cause) = self.inner.flush()
        {
            self.failure.keep(cause);
        }
        Ok(())
    }
}

impl<W: Write + Seek> Seek for Steady<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = self.moved(to)?;
        if !self.failure.has_failed()
            && let Err(cause) = self.inner.seek(SeekFrom::Start(position))
        {
            self.failure.keep(cause);
        }
        self.position = position;
        Ok(position)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Fails at its `left`-th write or seek from now, and at every other one after that.
    struct Bad {
        inner: Cursor<Vec<u8>>,
        left: usize,
    }

    impl Bad {
        fn step(&mut self) -> io::Result<()> {
            if self.left == 0 {
                self.left = 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.left -= 1;
            Ok(())
        }
    }

    impl Write for Bad {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.step()?;
            self.inner.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Bad {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.step()?;
            self.inner.seek(to)
        }
    }

    #[test]
    fn an_archive_that_cannot_be_written_says_so_whenever_it_fails() {
        let options = SimpleFileOptions::default();
        let write = |left: usize| -> io::Result<()> {
            let (steady, failure) = Steady::new(Bad { inner: Cursor::default(), left });
            let mut zip = ZipWriter::new(steady);
            for name in ["a", "b"] {
                zip.start_file(name, options)?;
                zip.write_all(&[7; 3_000])?;
                failure.check()?;
            }
            let written = zip.finish()?.into_inner().inner.into_inner();
            failure.check()?;
            assert_eq!(zip::ZipArchive::new(Cursor::new(written))?.len(), 2);
            Ok(())
        };
        let mut failed = 0;
        while let Err(cause) = write(failed) {
            assert_eq!(cause.kind(), io::ErrorKind::StorageFull, "at {failed}");
            failed += 1;
        }
        assert!(failed > 10, "{failed}");
    }
}
