//! What an answer carries: bytes, a part of a file, or messages for as long as the page is open.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc::Receiver;

/// How much of a file is read at once.
const STEP: usize = 64 * 1024;

#[derive(Debug)]
pub(super) enum Body {
    /// Everything at once.
    Whole(Option<Bytes>),
    /// So many bytes of a file, from where it stands.
    Part { file: File, left: u64, step: Vec<u8> },
    /// Messages as they come.
    Live(Receiver<Bytes>),
    /// What another server answers, as it comes.
    Passed(Incoming),
}

impl Body {
    pub fn empty() -> Self {
        Self::Whole(None)
    }

    pub fn of(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()))
    }

    pub fn part(file: std::fs::File, left: u64) -> Self {
        let mut file = File::from_std(file);
        file.set_max_buf_size(STEP);
        Self::Part { file, left, step: Vec::new() }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let bytes = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Live(messages) => ready!(messages.poll_recv(context)),
            Self::Passed(answer) => return Pin::new(answer).poll_frame(context).map_err(io::Error::other),
            Self::Part { left: 0, .. } => None,
            Self::Part { file, left, step } => {
                step.resize(usize::try_from(*left).unwrap_or(STEP).min(STEP), 0);
                let mut buffer = ReadBuf::new(step);
                match ready!(Pin::new(file).poll_read(context, &mut buffer)) {
                    Err(cause) => return Poll::Ready(Some(Err(cause))),
                    // The file was cut meanwhile: the other side must not take what it has for the whole.
                    Ok(()) if buffer.filled().is_empty() => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
                    Ok(()) => {
                        let bytes = Bytes::copy_from_slice(buffer.filled());
                        *left -= bytes.len() as u64;
                        Some(bytes)
                    }
                }
            }
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Part { left, .. } => *left == 0,
            Self::Live(_) => false,
            Self::Passed(answer) => answer.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Part { left, .. } => SizeHint::with_exact(*left),
            Self::Live(_) => SizeHint::default(),
            Self::Passed(answer) => answer.size_hint(),
        }
    }
}
