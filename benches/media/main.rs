//! An import of many photographs, against the bare work that cannot be done without: decode, make smaller, encode.
//!
//! `cargo xtask bench media` runs this. The bare side takes the same libraries and every core; it reads each file, makes the same
//! smaller pictures in memory, and forgets them: no look at the container, no hash, no file written, nothing synced, no
//! catalogue. The two take turns, each in a process of its own, so that a busy moment of the machine meets them alike.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal, and a worker that is read by its output")]
#![expect(clippy::disallowed_methods, reason = "a benchmark makes its own files")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::media::Media;
use backlot::workspace::Workspace;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use image::DynamicImage;
use image::codecs::jpeg::JpegDecoder;
use uuid::Uuid;

#[path = "../../tests/support/photographs.rs"]
mod photographs;

use photographs::{HEIGHT, WIDTH, each};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The sizes that a site without wishes of its own gets of such a picture, and their quality.
const SIZES: [u32; 3] = [1024, 480, 150];
const QUALITY: u8 = 85;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["bare", pictures] => bare(pictures.as_ref()),
        ["import", pictures, workspace] => import(pictures.as_ref(), workspace.as_ref()),
        [data, report] => bench(data.as_ref(), report.as_ref(), 2_000, 3),
        [data, report, "--quick"] => bench(data.as_ref(), report.as_ref(), 200, 1),
        _ => {
            println!("Run it with `cargo xtask bench media`.");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// What one run took: seconds, and kilobytes of memory at the most.
#[derive(Debug, Clone, Copy)]
struct Run {
    seconds: f64,
    memory: u64,
}

fn bench(data: &Path, report: &Path, count: usize, rounds: usize) -> Result<(), Failure> {
    let root = data.join("media");
    let (pictures, workspace) = (root.join("pictures"), root.join("workspace"));
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    fs::create_dir_all(&pictures)?;
    photographs::write_all(&pictures, u32::try_from(count)?)?;
    let bytes = fs::read_dir(&pictures)?.flatten().filter_map(|entry| Some(entry.metadata().ok()?.len())).sum::<u64>();
    let (mut bare, mut import) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let this = |arguments: &[&Path], name: &str| -> Result<Run, Failure> {
            let output = Command::new(std::env::current_exe()?).arg(name).args(arguments).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            let text = String::from_utf8(output.stdout)?;
            let (seconds, memory) = text.trim().split_once(' ').ok_or("a worker said nothing")?;
            Ok(Run { seconds: seconds.parse()?, memory: memory.parse()? })
        };
        bare.push(this(&[&pictures], "bare")?);
        for folder in ["demos/bench/site/uploads", "state/locks"] {
            fs::create_dir_all(workspace.join(folder))?;
        }
        import.push(this(&[&pictures, &workspace], "import")?);
        fs::remove_dir_all(&workspace)?;
        println!("round {round}: bare {:?}, import {:?}", bare[round - 1], import[round - 1]);
    }
    let text = told(&bare, &import, count, bytes, rounds);
    println!("\n{text}");
    fs::write(report, text)?;
    Ok(fs::remove_dir_all(root)?)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// The bare side.
fn bare(pictures: &Path) -> Result<(), Failure> {
    let files = files(pictures)?;
    let begun = Instant::now();
    each(u32::try_from(files.len())?, |number| -> Result<(), Failure> {
        let image = DynamicImage::from_decoder(JpegDecoder::new(Cursor::new(fs::read(&files[number as usize])?))?)?;
        let (mut width, mut height, mut pixels) = (image.width(), image.height(), image.into_bytes());
        for size in SIZES {
            let new_height = (size * height + width / 2) / width;
            let source = ImageRef::new(width, height, &pixels, PixelType::U8x3)?;
            let mut target = Image::new(size, new_height, PixelType::U8x3);
            Resizer::new().resize(&source, &mut target, None)?;
            (width, height, pixels) = (size, new_height, target.into_vec());
            let mut encoded = Vec::with_capacity(pixels.len() / 8);
            let (across, down) = (u16::try_from(width)?, u16::try_from(height)?);
            jpeg_encoder::Encoder::new(&mut encoded, QUALITY).encode(&pixels, across, down, jpeg_encoder::ColorType::Rgb)?;
            std::hint::black_box(encoded);
        }
        Ok(())
    })?;
    tell(begun)
}

/// Backlot's side, as the window and the command line do it.
fn import(pictures: &Path, workspace: &Path) -> Result<(), Failure> {
    let files = files(pictures)?;
    let workspace = Workspace::at(workspace.to_owned());
    let media = Media::new(&workspace, &workspace.demo("bench"), Uuid::nil(), Clock::system());
    let begun = Instant::now();
    let done = media.import(&files, &|_| (), &Cancel::new())?;
    if done.added.len() != files.len() {
        return Err(format!("{} of {} files were added: {:?}", done.added.len(), files.len(), done.failed.first()).into());
    }
    tell(begun)
}

fn tell(begun: Instant) -> Result<(), Failure> {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{seconds} {}", peak()?);
    Ok(())
}

/// The most memory that this process had, in kilobytes; none where the system does not say.
fn peak() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or(" 0 kB");
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn told(bare: &[Run], import: &[Run], count: usize, bytes: u64, rounds: usize) -> String {
    let median = |runs: &[Run]| {
        let mut seconds: Vec<f64> = runs.iter().map(|run| run.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap_or_default()
    };
    let peak = |runs: &[Run]| runs.iter().map(|run| run.memory).max().unwrap_or_default() / 1000;
    let (least, whole) = (median(bare), median(import));
    let date = Clock::system().now().strftime("%Y-%m-%d");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let pictures = u32::try_from(count).map_or(0.0, f64::from);
    format!(
        "# Importing photographs, measured\n\n\
         Written by `cargo xtask bench media` on {date}: {cores} cores, {}. {count} JPEGs of {WIDTH} × {HEIGHT} pixels, {} MB in all, \
         {rounds} round{} in turn.\n\n\
         *Bare* is the work that cannot be done without, with the same libraries on every core: each file read, decoded, made \
         smaller in three steps ({} pixels wide) and encoded, and all of it forgotten. *Import* is what a person gets: every file \
         looked through and cleaned, known by its bytes, kept with its smaller ones and its entry in the catalogue, in \
         transactions that survive a power cut.\n\n\
         | | seconds | pictures/s | speed | peak memory |\n\
         | --- | ---: | ---: | ---: | ---: |\n\
         | bare | {least:.1} | {:.1} | 100 % | {} MB |\n\
         | import | {whole:.1} | {:.1} | {:.0} % | {} MB |\n",
        std::env::consts::OS,
        bytes / 1_000_000,
        if rounds == 1 { "" } else { "s" },
        SIZES.map(|size| size.to_string()).join(", "),
        pictures / least,
        peak(bare),
        pictures / whole,
        100.0 * least / whole,
        peak(import),
    )
}
