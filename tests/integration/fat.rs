//! A workspace on FAT or exFAT, as on a memory stick: files have no second names and no permissions, chmod is refused, and what is
//! saved is saved all the same.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{BACKLOT, TestWorkspace, pictures};

/// Such a disk in a file. Mounting one takes root, and a kernel that knows FAT or a program that knows exFAT: elsewhere the test
/// says that it was not run.
struct Fat {
    mounted: PathBuf,
    device: Option<String>,
}

impl Fat {
    fn mount(image: &Path, at: &Path) -> Option<Self> {
        fs::create_dir_all(at).ok()?;
        fs::File::create(image).and_then(|file| file.set_len(128 << 20)).ok()?;
        let mut fat = Self { mounted: at.to_owned(), device: None };
        if done(Command::new("mkfs.vfat").args(["-F", "32"]).arg(image)).is_some()
            && done(Command::new("mount").args(["-t", "vfat", "-o", "loop"]).arg(image).arg(at)).is_some()
        {
            return Some(fat);
        }
        done(Command::new("mkfs.exfat").arg(image))?;
        let device = done(Command::new("losetup").args(["--find", "--show"]).arg(image))?;
        let device = String::from_utf8(device.stdout).ok()?.trim().to_owned();
        fat.device = Some(device.clone());
        done(Command::new("mount.exfat-fuse").arg(device).arg(at)).map(|_| fat)
    }
}

impl Drop for Fat {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.mounted).output();
        if let Some(device) = &self.device {
            let _ = Command::new("losetup").arg("--detach").arg(device).output();
        }
    }
}

fn done(command: &mut Command) -> Option<Output> {
    command.output().ok().filter(|output| output.status.success())
}

/// The CLI where every chmod is refused: a program that mounts exFAT may take one and do nothing, which the kernel does not.
fn refusing(workspace: &TestWorkspace, arguments: &[&str]) -> Command {
    let calls = "chmod,fchmod,fchmodat";
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:error=EPERM"), "-o", "/dev/null"]);
    command.arg(BACKLOT).arg("--workspace").arg(&workspace.root).arg("--json").args(arguments).stdin(Stdio::null());
    command
}

fn json(workspace: &TestWorkspace, arguments: &[&str]) -> Value {
    let output = refusing(workspace, arguments).output().expect("strace is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn where_files_have_no_permissions_demos_are_created_edited_previewed_and_built() {
    let workspace = TestWorkspace::new();
    let Some(_disk) = Fat::mount(&workspace.beside("fat.img"), &workspace.root) else {
        eprintln!("not run: no FAT or exFAT disk can be mounted here");
        return;
    };
    let probe = workspace.root.join("probe");
    fs::write(&probe, "x").unwrap();
    let _ = fs::set_permissions(&probe, fs::Permissions::from_mode(0o600));
    let keeps_permissions = fs::metadata(&probe).unwrap().permissions().mode() & 0o777 == 0o600;
    assert!(!keeps_permissions && fs::hard_link(&probe, workspace.root.join("second")).is_err(), "it is a disk of that kind");
    fs::remove_file(&probe).unwrap();

    json(&workspace, &["demo", "create", "one", "--template", "bakery"]);
    for name in ["Us", "We"] {
        let set = json(&workspace, &["page", "set", "one", "about", "/name", &format!("\"{name}\"")]);
        assert_eq!(set["document"]["name"], name);
    }
    let added = json(&workspace, &["media", "add", "one", &workspace.file("a.png", pictures::png(64, 64, 1))]);
    let id = added["files"][0]["id"].as_str().unwrap();
    json(&workspace, &["media", "set", "one", id, "--alt", "a"]);
    json(&workspace, &["media", "rename", "one", id, "renamed"]);
    let token = json(&workspace, &["media", "remove", "one", id])["token"].as_str().unwrap().to_owned();
    json(&workspace, &["media", "restore", "one", &token]);

    // It stays in the background, and strace with it.
    let mut started = refusing(&workspace, &["preview", "start", "one", "--restricted"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut answer = String::new();
    let mut lines = BufReader::new(started.stdout.take().unwrap()).lines().map_while(Result::ok);
    while serde_json::from_str::<Value>(&answer).is_err()
        && let Some(line) = lines.next()
    {
        answer.push_str(&line);
    }
    let preview: Value = serde_json::from_str(&answer).unwrap_or_default();
    workspace.run(&["preview", "stop", "one"]);
    started.wait().unwrap();
    assert_eq!(preview["state"], "running", "{preview}");

    json(&workspace, &["build", "one", workspace.beside("built").to_str().unwrap()]);
    json(&workspace, &["demo", "rename", "one", "uno"]);
    json(&workspace, &["demo", "delete", "uno"]);
    json(&workspace, &["demo", "restore", "uno"]);
    json(&workspace, &["settings", "set", "save-after-seconds", "3"]);
    assert!(workspace.run(&["doctor"]).status.success());
}
