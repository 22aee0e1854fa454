//! Every call against a link in each part of its path, and a canary behind it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

struct Place {
    temp: tempfile::TempDir,
}

impl Place {
    /// A folder `in` with a real file and folder, and links to the file and the folder of `out`.
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        for folder in ["in/real/folder", "out/folder/deep"] {
            fs::create_dir_all(temp.path().join(folder)).unwrap();
        }
        for file in ["in/real/file", "out/file", "out/folder/file", "out/folder/deep/file"] {
            fs::write(temp.path().join(file), "canary").unwrap();
        }
        symlink(temp.path().join("out"), temp.path().join("in/link")).unwrap();
        symlink(temp.path().join("out/file"), temp.path().join("in/link-to-file")).unwrap();
        symlink("nowhere", temp.path().join("in/dangling")).unwrap();
        Self { temp }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    fn out(&self) -> BTreeMap<PathBuf, (u64, u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut pending = vec![self.at("out")];
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(folder).unwrap().flatten() {
                let is_dir = entry.file_type().unwrap().is_dir();
                let metadata = entry.metadata().unwrap();
                let bytes = if is_dir { Vec::new() } else { fs::read(entry.path()).unwrap() };
                found.insert(entry.path(), (metadata.ino(), metadata.permissions().mode(), bytes));
                if is_dir {
                    pending.push(entry.path());
                }
            }
        }
        found
    }
}

type Call = fn(&Path) -> io::Result<()>;

/// What follows the last part of its path.
const FOLLOWING: [(&str, Call); 16] = [
    ("open", |path| open(path).map(drop)),
    ("open_to_update", |path| open_to_update(path).map(drop)),
    ("open_or_create", |path| open_or_create(path).map(drop)),
    ("open_to_append", |path| open_to_append(path).map(drop)),
    ("create", |path| create(path).map(drop)),
    ("open_folder", |path| open_folder(path).map(drop)),
    ("read", |path| read(path).map(drop)),
    ("read_to_string", |path| read_to_string(path).map(drop)),
    ("metadata", |path| metadata(path).map(drop)),
    ("read_dir", |path| read_dir(path).map(drop)),
    ("create_dir_all", |path| create_dir_all(path)),
    ("remove_dir", |path| remove_dir(path)),
    ("remove_dir_all", |path| remove_dir_all(path)),
    ("set_permissions", |path| set_permissions(path, Permissions::from_mode(0o600))),
    ("refuse_links", refuse_links),
    ("check", check),
];

/// What is about the name itself.
const NAMING: [(&str, Call); 10] = [
    ("symlink_metadata", |path| symlink_metadata(path).map(drop)),
    ("read_link", |path| read_link(path).map(drop)),
    ("create_new", |path| create_new(path).map(drop)),
    ("create_dir", |path| create_dir(path)),
    ("remove_file", |path| remove_file(path)),
    ("rename", |path| rename(path, &path.with_file_name("renamed"))),
    ("rename to", |path| rename(&path.parent().unwrap().with_file_name("real/file"), path)),
    ("rename_new", |path| rename_new(path, &path.with_file_name("renamed"))),
    ("exchange", |path| exchange(path, &path.parent().unwrap().with_file_name("real/file"))),
    ("hard_link", |path| hard_link(path, &path.with_file_name("second"))),
];

fn assert_refused(call: Call, name: &str, place: &Place, path: &str, link: &str) {
    let before = place.out();
    let refused = call(&place.at(path)).expect_err(&format!("{name} {path}"));
    assert!(is_link(&refused), "{name} {path}: {refused}");
    assert_eq!(refused.get_ref().unwrap().downcast_ref::<Linked>(), Some(&Linked(place.at(link))), "{name} {path}");
    assert_eq!(place.out(), before, "{name} {path}");
}

#[test]
fn nothing_is_read_written_or_removed_through_a_link() {
    for (name, call) in FOLLOWING {
        for (path, link) in [
            ("in/link", "in/link"),
            ("in/link-to-file", "in/link-to-file"),
            ("in/dangling", "in/dangling"),
            ("in/link/file", "in/link"),
            ("in/link/folder", "in/link"),
            ("in/link/folder/deep", "in/link"),
            ("in/link/new", "in/link"),
        ] {
            assert_refused(call, name, &Place::new(), path, link);
        }
    }
    for (name, call) in NAMING {
        for path in ["in/link/file", "in/link/folder", "in/link/folder/deep", "in/link/new"] {
            assert_refused(call, name, &Place::new(), path, "in/link");
        }
    }
}

#[test]
fn a_link_itself_can_be_looked_at_moved_and_removed() {
    let place = Place::new();
    let before = place.out();
    assert!(symlink_metadata(place.at("in/link")).unwrap().is_symlink());
    assert_eq!(read_link(place.at("in/link")).unwrap(), place.at("out"));
    assert!(exists(place.at("in/dangling")).unwrap());
    assert!(!is_dir(place.at("in/link")).unwrap() && !is_file(place.at("in/link-to-file")).unwrap());
    rename(&place.at("in/link"), &place.at("in/moved")).unwrap();
    remove_file(place.at("in/moved")).unwrap();
    assert!(!exists(place.at("in/moved")).unwrap());
    assert_eq!(place.out(), before);
}

#[test]
fn a_removed_tree_takes_its_links_with_it_and_not_what_they_lead_to_however_deep_it_is() {
    let place = Place::new();
    let before = place.out();
    let mut deep = place.at("in");
    // Deeper than folders may be open at once.
    for _ in 0..300 {
        deep.push("d");
        fs::create_dir(&deep).unwrap();
        symlink(place.at("out"), deep.join("link")).unwrap();
        fs::write(deep.join("file"), "x").unwrap();
    }
    remove_dir_all(place.at("in")).unwrap();
    assert!(!place.at("in").exists());
    assert_eq!(place.out(), before);
}

#[test]
fn without_links_the_calls_do_what_those_of_std_do() {
    let place = Place::new();
    create_dir_all(place.at("in/a/b/c")).unwrap();
    create_dir_all(place.at("in/a/b/c")).unwrap();
    fs::write(place.at("in/a/one"), "one").unwrap();
    assert_eq!(read_to_string(place.at("in/a/one")).unwrap(), "one");
    assert_eq!(create_new(place.at("in/a/one")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(rename_new(&place.at("in/a/one"), &place.at("in/a/b")).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(open(place.at("in/none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(open(place.at("in/a/one/none")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    assert_eq!(remove_dir(place.at("in/a")).unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
    let is_there = |path| exists(place.at(path)).unwrap();
    assert!(!is_there("in/none") && !is_there("in/a/one/none") && is_there("in/a/one"));
    let mut names: Vec<_> =
        read_dir(place.at("in")).unwrap().map(|entry| entry.map(|entry| (entry.file_name(), entry.kind)).unwrap()).collect();
    names.sort_by(|one, other| one.0.cmp(&other.0));
    let expected =
        [("a", Kind::Folder), ("dangling", Kind::Link), ("link", Kind::Link), ("link-to-file", Kind::Link), ("real", Kind::Folder)];
    assert_eq!(names, expected.map(|(name, kind)| (OsString::from(name), kind)));
    assert!(
        refuse_links(&place.at("in")).is_err() && refuse_links(&place.at("in/a")).is_ok() && refuse_links(&place.at("in/none")).is_ok()
    );
}

#[test]
fn where_the_kernel_has_no_call_for_it_each_part_is_opened_from_the_one_before() {
    use rustix::fs::{Mode, OFlags};
    let place = Place::new();
    let walk = |path: &str| system::walk(&place.at(path), OFlags::RDONLY, Mode::empty());
    for path in ["in/real", "in/real/file", "out/folder/deep/file"] {
        assert!(walk(path).is_ok(), "{path}");
    }
    for path in ["in/link", "in/link/file", "in/link-to-file", "in/link/folder/deep/file", "in/dangling", "in/none"] {
        assert!(walk(path).is_err(), "{path}");
    }
    // Opened by its name alone, a link is seen to be one.
    let named = system::walk(&place.at("in/link"), OFlags::PATH | OFlags::NOFOLLOW, Mode::empty()).unwrap();
    assert!(File::from(named).metadata().unwrap().is_symlink());
}
