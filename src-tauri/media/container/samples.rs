//! Where the samples of a track of an MP4 are (ISO/IEC 14496-12, 8.7), so that those of a track of recorded data can go.

/// More samples than a video of a permitted size has.
const MOST: u64 = 8_000_000;

/// The tables of a track, as they are in their boxes, without the boxes' headers.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// `stsz`: how long each sample is.
    pub sizes: Vec<u8>,
    /// `stsc`: how many samples each chunk has.
    pub chunks: Vec<u8>,
    /// `stco` or `co64`: where each chunk begins.
    pub offsets: Vec<u8>,
    /// Whether these are of eight bytes.
    pub are_long: bool,
}

impl Tables {
    /// Position and length of each chunk; none if the tables cannot be understood.
    pub fn ranges(&self) -> Option<Vec<(u64, u64)>> {
        let same = u64::from(number(&self.sizes, 4)?);
        let samples = u64::from(number(&self.sizes, 8)?);
        let entries = usize::try_from(number(&self.chunks, 4)?).ok()?;
        let runs = self.chunks.get(8..)?.as_chunks::<12>().0.get(..entries)?;
        let count = usize::try_from(number(&self.offsets, 4)?).ok()?;
        if samples > MOST || count as u64 > MOST {
            return None;
        }
        let (mut ranges, mut sample, mut run) = (Vec::new(), 0_u64, 0);
        for chunk in 0..count {
            while runs.get(run + 1).and_then(|next| number(next, 0)).is_some_and(|first| first as usize <= chunk + 1) {
                run += 1;
            }
            let in_chunk = u64::from(number(runs.get(run)?, 4)?).min(samples - sample);
            let length = if same > 0 {
                same.checked_mul(in_chunk)?
            } else {
                let from = usize::try_from(sample).ok()?;
                let to = from + usize::try_from(in_chunk).ok()?;
                self.sizes.get(12 + 4 * from..12 + 4 * to)?.as_chunks::<4>().0.iter().map(|size| u64::from(u32::from_be_bytes(*size))).sum()
            };
            sample += in_chunk;
            let at = if self.are_long {
                u64::from(number(&self.offsets, 8 + 8 * chunk)?) << 32 | u64::from(number(&self.offsets, 12 + 8 * chunk)?)
            } else {
                u64::from(number(&self.offsets, 8 + 4 * chunk)?)
            };
            at.checked_add(length)?;
            ranges.push((at, length));
        }
        Some(ranges)
    }
}

/// Whether none of these ranges has a byte of the others, which are in order.
pub(super) fn are_apart(ranges: &[(u64, u64)], others: &[(u64, u64)]) -> bool {
    let mut reaches = 0;
    // How far each of the others and those before it reach.
    let ends: Vec<u64> = others
        .iter()
        .map(|(at, length)| {
            reaches = reaches.max(at + length);
            reaches
        })
        .collect();
    ranges.iter().filter(|(_, length)| *length > 0).all(|(at, length)| {
        let before = others.partition_point(|(other, _)| *other < at + length);
        before == 0 || ends[before - 1] <= *at
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}
