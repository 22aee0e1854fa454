//! A workspace on FAT, as on a memory stick: chmod is refused, files have no second names, and what is saved is saved all the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{TestWorkspace, pictures};

/// A FAT disk in a file. Mounting one takes root, and a kernel or a program that knows FAT: elsewhere the test says that it was
/// not run.
struct Fat(PathBuf);

impl Fat {
    fn mount(image: &Path, at: &Path) -> Option<Self> {
        fs::create_dir_all(at).ok()?;
        fs::File::create(image).and_then(|file| file.set_len(128 << 20)).ok()?;
        let made = Command::new("mkfs.vfat").args(["-F", "32"]).arg(image).output().ok()?;
        let by_kernel = || Command::new("mount").args(["-t", "vfat", "-o", "loop"]).arg(image).arg(at).output();
        let by_program = || Command::new("fusefat").args(["-o", "rw+"]).arg(image).arg(at).output();
        let is_done = |output: std::io::Result<std::process::Output>| output.is_ok_and(|output| output.status.success());
        (made.status.success() && (is_done(by_kernel()) || is_done(by_program()))).then(|| Self(at.to_owned()))
    }
}

impl Drop for Fat {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn on_fat_demos_are_created_edited_previewed_and_built() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = TestWorkspace::new();
    let Some(_disk) = Fat::mount(&workspace.beside("fat.img"), &workspace.root) else {
        eprintln!("not run: no FAT disk can be mounted here");
        return;
    };
    let probe = workspace.root.join("probe");
    fs::write(&probe, "x").unwrap();
    assert!(fs::set_permissions(&probe, fs::Permissions::from_mode(0o600)).is_err(), "chmod is refused on this disk");
    fs::remove_file(&probe).unwrap();

    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    let set = workspace.json(&["page", "set", "one", "about", "/name", "\"Us\""]);
    assert_eq!(set["document"]["name"], "Us");
    assert_eq!(workspace.json(&["page", "set", "one", "about", "/name", "\"We\""])["document"]["name"], "We");
    let added = workspace.json(&["media", "add", "one", &workspace.file("a.png", pictures::png(64, 64, 1))]);
    let id = added["files"][0]["id"].as_str().unwrap();
    workspace.json(&["media", "set", "one", id, "--alt", "a"]);
    workspace.json(&["media", "rename", "one", id, "renamed"]);
    let token = workspace.json(&["media", "remove", "one", id])["token"].as_str().unwrap().to_owned();
    workspace.json(&["media", "restore", "one", &token]);
    let preview = workspace.json(&["preview", "start", "one", "--restricted"]);
    assert_eq!(preview["state"], "running", "{preview}");
    workspace.json(&["preview", "stop", "one"]);
    workspace.json(&["build", "one", workspace.beside("built").to_str().unwrap()]);
    workspace.json(&["demo", "rename", "one", "uno"]);
    workspace.json(&["demo", "delete", "uno"]);
    workspace.json(&["demo", "restore", "uno"]);
    workspace.json(&["settings", "set", "save-after-seconds", "3"]);
    assert!(workspace.run(&["doctor"]).status.success());
}
