//! Power cuts (G3): an acknowledged write is there after the power came back.
//!
//! The disk is an ext4 or xfs file system in a file; its shutdown ioctl stops every write at once and flushes nothing, as a cut
//! does. What was acknowledged before the ioctl was called must be there after the file system is mounted again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::TestWorkspace;

/// How to make a file system, and how to mount it.
struct Kind {
    name: &'static str,
    mkfs: &'static [&'static str],
    options: &'static str,
}

const KINDS: [Kind; 2] = [
    // The least that ext4 does of itself, so that what is not asked for is not there: no flush of data when a file is renamed
    // over another, none before the file system's journal is written.
    Kind { name: "ext4", mkfs: &["mkfs.ext4", "-q", "-F"], options: "loop,data=writeback,noauto_da_alloc" },
    Kind { name: "xfs", mkfs: &["mkfs.xfs", "-q", "-f"], options: "loop" },
];

/// A disk whose power can be cut. Making one takes root and a loop device: elsewhere the tests say that they were not run.
struct Disk {
    kind: &'static Kind,
    image: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    fn new(kind: &'static Kind, image: PathBuf, mounted: &Path) -> Option<Self> {
        fs::create_dir_all(mounted).ok()?;
        // The least that mkfs.xfs takes; the file has holes.
        fs::File::create(&image).and_then(|file| file.set_len(320 << 20)).ok()?;
        let made = Command::new(kind.mkfs[0]).args(&kind.mkfs[1..]).arg(&image).output().ok()?;
        let disk = Self { kind, image, mounted: mounted.to_owned() };
        (made.status.success() && disk.mount()).then_some(disk)
    }

    fn mount(&self) -> bool {
        Command::new("mount")
            .args(["-o", self.kind.options])
            .arg(&self.image)
            .arg(&self.mounted)
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// Cuts the power: `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`, which xfs knows by the same number as
    /// `XFS_IOC_GOINGDOWN` with `XFS_FSOP_GOING_FLAGS_NOLOGFLUSH` (`ext4.h`, `xfs_fs.h`: 0x8004587d and 2).
    fn cut(&self) {
        let program = "open(my $d, '<', $ARGV[0]) or die $!; my $flags = pack('L', 2); ioctl($d, 0x8004587d, $flags) or die $!;";
        assert!(Command::new("perl").args(["-e", program]).arg(&self.mounted).status().unwrap().success(), "the power is cut");
    }

    /// Brings the power back: the file system replays its own journal.
    fn restore(&self) {
        assert!(Command::new("umount").arg(&self.mounted).status().unwrap().success());
        assert!(self.mount(), "the disk is mounted again");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.mounted).status();
    }
}

/// Does `test` on a disk of each kind that can be made here, and says which cannot.
fn on_disks(test: impl Fn(&TestWorkspace, &Disk)) {
    for kind in &KINDS {
        let workspace = TestWorkspace::new();
        match Disk::new(kind, workspace.beside("disk.img"), &workspace.root) {
            Some(disk) => test(&workspace, &disk),
            None => eprintln!("not run on {}: it cannot be made and mounted on a loop device here", kind.name),
        }
    }
}

fn rounds(short: usize) -> usize {
    if std::env::var_os("BACKLOT_TORTURE").is_some() { short * 10 } else { short }
}

#[test]
fn an_acknowledged_demo_survives_a_power_cut() {
    on_disks(|workspace, disk| {
        let source = workspace.large_repository("source", 100);
        for round in 0..rounds(3) {
            let slug = format!("demo-{round}");
            workspace.json(&["demo", "create", &slug, "--template", source.to_str().unwrap()]);
            disk.cut();
            disk.restore();
            assert_eq!(workspace.state(&slug), "ready", "what was acknowledged is there");
            workspace.assert_pristine(&slug);
        }
    });
}

#[test]
fn an_acknowledged_update_survives_a_power_cut() {
    on_disks(|workspace, disk| {
        workspace.json(&["demo", "create", "one", "--template", "saas"]);
        let id = workspace.json(&["media", "list", "one"])["files"][0]["id"].as_str().unwrap().to_owned();
        for round in 0..rounds(4) {
            let alt = format!("round {round}");
            workspace.json(&["media", "set", "one", &id, "--alt", &alt]);
            disk.cut();
            disk.restore();
            let listed = workspace.json(&["media", "list", "one"]);
            assert_eq!(listed["files"][0]["metadata"]["alt"], alt, "what was acknowledged is there");
        }
    });
}

#[test]
fn an_acknowledged_transaction_survives_a_power_cut() {
    on_disks(|workspace, disk| {
        workspace.json(&["demo", "create", "one", "--template", "saas"]);
        let file = workspace.beside("note.txt");
        for round in 0..rounds(4) {
            let text = format!("round {round}");
            fs::write(&file, &text).unwrap();
            let added = workspace.json(&["media", "add", "one", file.to_str().unwrap()]);
            disk.cut();
            disk.restore();
            let listed = workspace.json(&["media", "list", "one"]);
            assert_eq!(listed["files"].as_array().unwrap().last().unwrap(), &added["files"][0], "what was acknowledged is there");
            let path = added["files"][0]["path"].as_str().unwrap();
            assert_eq!(fs::read_to_string(workspace.site("one").join(&path[1..])).unwrap(), text);
        }
    });
}

#[test]
fn a_power_cut_in_the_middle_leaves_a_whole_demo_or_a_record_of_an_interrupted_one() {
    on_disks(|workspace, disk| {
        let source = workspace.large_repository("source", 300);
        workspace.json(&["template", "add", source.to_str().unwrap()]);
        for round in 0..rounds(3) {
            let slug = format!("demo-{round}");
            let mut child = workspace.start(&["demo", "create", &slug, "--template", "source"]);
            // As soon as its staging folder is there, files are being written.
            while workspace.names(".staging").is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            disk.cut();
            let acknowledged = child.wait_with_output().unwrap().status.success();
            disk.restore();
            let listed = workspace.json(&["demo", "list", "--search", &slug]);
            let state = listed[0]["status"]["state"].as_str().unwrap_or("none").to_owned();
            assert!(state == "ready" || !acknowledged, "what was acknowledged is there");
            match state.as_str() {
                "ready" => {}
                // Its record may have died with it; then nobody was told of it either.
                "none" => drop(workspace.json(&["demo", "create", &slug, "--template", "source"])),
                _ => drop(workspace.json(&["demo", "retry", &slug])),
            }
            workspace.assert_pristine(&slug);
            assert_eq!(workspace.names(".staging"), [""; 0]);
        }
    });
}
