//! Files that are not what they seem, or made to do harm: each is refused with a reason, and stops no other.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::TestWorkspace;
use crate::support::media::{assert_whole, uploads};
use crate::support::pictures;

#[test]
fn every_bad_file_is_told_with_its_reason_and_the_good_one_among_them_is_added() {
    let workspace = TestWorkspace::with_demo("saas");
    let before = uploads(&workspace);
    let jpeg = pictures::jpeg(300, 200, 1);
    let png = pictures::png(300, 200, 1);
    let webp = pictures::webp(300, 200, 1);
    let gif = pictures::gif(60, 40, 2);
    let mp4 = pictures::mp4();
    let mut damaged = png.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xaa);
    let bomb = "<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><svg xmlns='http://www.w3.org/2000/svg'><text>&b;</text></svg>";
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("page.jpg", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), "InvalidInput", "HTML"),
        ("page.svg", b"<html xmlns='http://www.w3.org/1999/xhtml'/>".to_vec(), "InvalidInput", "HTML"),
        ("notes.txt", b"  <script>alert(1)</script>".to_vec(), "InvalidInput", "HTML"),
        ("program.png", b"MZ\x90\0\x03".to_vec(), "InvalidInput", "program"),
        ("elf.txt", b"\x7fELF\x02".to_vec(), "InvalidInput", "program"),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n".to_vec(), "InvalidInput", "script"),
        ("app.js", b"alert(1)".to_vec(), "InvalidInput", "not known"),
        ("archive.pdf", b"PK\x03\x04".to_vec(), "InvalidInput", "archive"),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "InvalidInput", "HEIC"),
        ("empty.jpg", Vec::new(), "InvalidInput", "empty"),
        ("binary.txt", b"a\0b".to_vec(), "InvalidInput", "not known"),
        ("cut.jpg", jpeg[..jpeg.len() / 2].to_vec(), "InvalidInput", "cut off"),
        ("cut.png", png[..png.len() - 40].to_vec(), "InvalidInput", "cut off"),
        ("cut.webp", webp[..webp.len() - 20].to_vec(), "InvalidInput", "cut off"),
        ("cut.gif", gif[..gif.len() - 20].to_vec(), "InvalidInput", "cut off"),
        ("cut.mp4", mp4[..mp4.len() - 20].to_vec(), "InvalidInput", "cut off"),
        ("cut.pdf", b"%PDF-1.4\n1 0 obj\n".to_vec(), "InvalidInput", "cut off"),
        ("cut.avif", pictures::avif(10, 10)[..60].to_vec(), "InvalidInput", "cut off"),
        ("damaged.png", damaged, "InvalidInput", "damaged"),
        ("only-a-header.jpg", b"\xff\xd8\xff\xd9".to_vec(), "InvalidInput", "damaged"),
        ("script.gif", b"GIF89a=1;alert(1);//".to_vec(), "InvalidInput", "damaged"),
        ("huge.png", pictures::huge_png(50_000, 50_000), "TooLarge", "50000 × 50000"),
        ("long.png", pictures::huge_png(60_000, 1), "TooLarge", "30000"),
        ("nothing.png", pictures::huge_png(0, 10), "InvalidInput", "damaged"),
        ("huge.avif", pictures::avif(50_000, 50_000), "TooLarge", "megapixels"),
        ("bomb.svg", bomb.as_bytes().to_vec(), "InvalidInput", "entities"),
        ("broken.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><g></svg>".to_vec(), "InvalidInput", "SVG"),
    ];
    let good = workspace.file("good.jpg", pictures::jpeg(200, 100, 9));
    let mut arguments = vec!["media".to_owned(), "add".to_owned(), "one".to_owned()];
    arguments.extend(cases.iter().map(|(name, bytes, ..)| workspace.file(&format!("bad/{name}"), bytes)));
    arguments.insert(20, good);
    arguments.push(workspace.beside("bad").join("missing.jpg").to_str().unwrap().to_owned());
    let arguments: Vec<&str> = ["--json"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let output = workspace.command(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["files"][0]["originalName"], "good.jpg", "{answer}");
    let failed = answer["failed"].as_array().unwrap();
    assert_eq!(failed.len(), cases.len() + 1, "{answer}");
    for (name, _, code, words) in &cases {
        let file = failed
            .iter()
            .find(|one| one["file"].as_str().unwrap().ends_with(&format!("/{name}")))
            .unwrap_or_else(|| panic!("{name} was taken"));
        assert_eq!(file["error"]["code"], *code, "{file}");
        let message = file["error"]["message"].as_str().unwrap();
        assert!(message.contains(words) && message.contains("not added"), "{file}");
    }
    let new: Vec<String> = uploads(&workspace).difference(&before).cloned().collect();
    assert_eq!(new, ["/uploads/images/good-thumb.jpg", "/uploads/images/good.jpg"]);
    assert_whole(&workspace);
}

#[test]
fn pipes_and_devices_are_never_waited_for() {
    let workspace = TestWorkspace::with_demo("saas");
    let folder = workspace.beside("odd");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.jpg")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", workspace.beside("zero.png")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket.jpg")).unwrap();
    let started = Instant::now();
    for path in [folder.join("pipe.jpg"), workspace.beside("zero.png"), folder, "/dev/urandom".into()] {
        let refused = workspace.refused(&["media", "add", "one", path.to_str().unwrap()]);
        assert_eq!(refused["code"], "InvalidInput", "{refused}");
        assert!(refused["message"].as_str().unwrap().contains("not a file"), "{refused}");
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// The most memory that the CLI took for this, in kilobytes.
fn peak(workspace: &TestWorkspace, arguments: &[&str]) -> Option<(bool, u64)> {
    let script = "import resource,subprocess,sys; r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL); \
                  print(r.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let cli = workspace.command(arguments);
    let output = Command::new("python3").args(["-c", script]).arg(cli.get_program()).args(cli.get_args()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (code, memory) = text.trim().split_once(' ')?;
    Some((code == "0", memory.parse().ok()?))
}

#[test]
fn bombs_are_refused_or_harmless_in_no_time_and_next_to_no_memory() {
    let workspace = TestWorkspace::with_demo("saas");
    let bomb = workspace.file("profile.png", pictures::bomb_png());
    let huge = workspace.file("huge.png", pictures::huge_png(50_000, 50_000));
    // The largest that is taken by its numbers, and nothing behind them.
    let empty = workspace.file("empty.png", pictures::huge_png(10_000, 10_000));
    let Some((_, idle)) = peak(&workspace, &["media", "list", "one"]) else {
        eprintln!("not run: there is no python3");
        return;
    };
    for (file, is_taken, megabytes) in [(bomb, true, 40), (huge, false, 10), (empty, false, 330)] {
        let started = Instant::now();
        let (taken, memory) = peak(&workspace, &["media", "add", "one", &file]).unwrap();
        assert_eq!(taken, is_taken, "{file}");
        assert!(memory < idle + megabytes * 1_000, "{file}: {memory} KB, {idle} KB without");
        assert!(started.elapsed() < Duration::from_secs(10), "{file}: {:?}", started.elapsed());
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let workspace = TestWorkspace::with_demo("saas");
    for (name, head, size) in
        [("large.jpg", b"\xff\xd8\xff\xe0".as_slice(), 60_000_000), ("large.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp41", 600_000_000)]
    {
        let path = workspace.file(name, head);
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(size).unwrap();
        let started = Instant::now();
        let refused = workspace.refused(&["media", "add", "one", &path]);
        assert_eq!(refused["code"], "TooLarge", "{refused}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
