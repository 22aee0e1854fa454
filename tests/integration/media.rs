//! A demo's media, changed by several processes at once.

use std::fs;

use serde_json::Value;

use crate::support::TestWorkspace;

fn with_demo() -> TestWorkspace {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    workspace
}

fn first_id(workspace: &TestWorkspace) -> String {
    workspace.json(&["media", "list", "one"])["files"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn metadata_is_cut_into_the_catalogue_and_every_other_byte_stays() {
    let workspace = with_demo();
    let path = workspace.site("one").join("uploads/media.json");
    let text =
        fs::read_to_string(&path).unwrap().replacen("\"files\"", "\"theirs\": [1.50, 12345678901234567890, \"\\u00e9\"],\n  \"files\"", 1);
    fs::write(&path, &text).unwrap();
    let id = first_id(&workspace);
    let before = workspace.json(&["media", "list", "one"]);
    let set = workspace.json(&["media", "set", "one", &id, "--alt", "A loaf ✓", "--expect-rev", before["rev"].as_str().unwrap()]);
    assert_eq!(set["files"][0]["metadata"]["alt"], "A loaf ✓");
    let old = before["files"][0]["metadata"]["alt"].to_string();
    assert_eq!(fs::read_to_string(&path).unwrap(), text.replacen(&old, "\"A loaf ✓\"", 1));
    let stale = workspace.refused(&["media", "set", "one", &id, "--alt", "x", "--expect-rev", before["rev"].as_str().unwrap()]);
    assert_eq!(stale["code"], "Conflict");
}

#[test]
fn files_are_added_and_removed_with_their_entries() {
    let workspace = with_demo();
    let file = workspace.beside("Spring Menu.pdf");
    fs::write(&file, "%PDF-1.4\n%%EOF\n").unwrap();
    let added = workspace.json(&["media", "add", "one", file.to_str().unwrap(), file.to_str().unwrap()]);
    let paths: Vec<_> = added["files"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/uploads/files/spring-menu.pdf", "/uploads/files/spring-menu-2.pdf"]);
    assert!(paths.iter().all(|path| workspace.site("one").join(&path[1..]).is_file()));
    let refused = workspace.refused(&["media", "add", "one", file.to_str().unwrap(), "/nowhere.png"]);
    assert_eq!(refused["code"], "InvalidInput");
    assert_eq!(fs::read_dir(workspace.site("one").join("uploads/files")).unwrap().count(), 2, "all of them or none");
    workspace.json(&["media", "remove", "one", added["files"][0]["id"].as_str().unwrap()]);
    assert!(!workspace.site("one").join("uploads/files/spring-menu.pdf").exists());
    assert_eq!(fs::read_dir(workspace.root.join("demos/one/.staged")).unwrap().count(), 0);
}

#[test]
fn an_item_in_use_is_kept_and_its_places_are_named() {
    let workspace = with_demo();
    let listed = workspace.json(&["media", "usage", "one"]);
    let used = listed["files"].as_array().unwrap().iter().find(|item| !item["usedIn"].as_array().unwrap().is_empty()).unwrap();
    let error = workspace.refused(&["media", "remove", "one", used["id"].as_str().unwrap()]);
    assert_eq!(error["code"], "InUse");
    assert!(error["message"].as_str().unwrap().contains(used["usedIn"][0].as_str().unwrap()), "{error}");
    workspace.json(&["media", "remove", "one", used["id"].as_str().unwrap(), "--force"]);
}

#[test]
fn updates_of_many_processes_are_all_there() {
    let workspace = with_demo();
    let ids: Vec<String> = workspace.json(&["media", "list", "one"])["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    for round in 0..4 {
        let children: Vec<_> = ids
            .iter()
            .take(8)
            .map(|id| workspace.start(&["media", "set", "one", id, "--alt", &format!("round {round}"), "--title", id]))
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let listed = workspace.json(&["media", "list", "one"]);
        for item in listed["files"].as_array().unwrap().iter().take(8) {
            assert_eq!(
                (item["metadata"]["alt"].as_str().unwrap(), &item["metadata"]["title"]),
                (format!("round {round}").as_str(), &item["id"])
            );
        }
    }
}

#[test]
fn a_damaged_catalogue_is_never_replaced_by_defaults() {
    let workspace = with_demo();
    let path = workspace.site("one").join("uploads/media.json");
    let good = fs::read(&path).unwrap();
    let id = first_id(&workspace);
    let huge = vec![b'['; 50_000_000];
    let damages: [&[u8]; 5] = [b"{\"files\": [\0]}", &good[..good.len() / 2], b"", &huge, b"\xff\xfe{}"];
    for damage in damages {
        fs::write(&path, damage).unwrap();
        let error = workspace.refused(&["media", "set", "one", &id, "--alt", "x"]);
        assert_eq!(error["code"], "Corrupt");
        assert!(error["message"].as_str().unwrap().contains("media.json"), "{error}");
        assert!(fs::read(&path).unwrap() == damage, "it was left as it was");
    }
    // With a good copy, which the first change keeps, the good copy comes back and the damage is kept aside.
    fs::write(&path, &good).unwrap();
    workspace.json(&["media", "set", "one", &id, "--alt", "first"]);
    for damage in damages {
        fs::write(&path, damage).unwrap();
        let set = workspace.json(&["media", "set", "one", &id, "--title", "second"]);
        assert_eq!(set["files"][0]["metadata"]["title"], "second");
    }
    assert_eq!(fs::read_dir(workspace.root.join("demos/one/quarantine")).unwrap().count(), 5);
    let twice = String::from_utf8(good).unwrap();
    let ids: Vec<Value> =
        serde_json::from_str::<Value>(&twice).unwrap()["files"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    let twice = twice.replace(ids[1].as_str().unwrap(), ids[0].as_str().unwrap());
    fs::write(&path, &twice).unwrap();
    let error = workspace.refused(&["media", "set", "one", ids[0].as_str().unwrap(), "--alt", "x"]);
    assert_eq!(error["code"], "Corrupt");
    assert!(error["message"].as_str().unwrap().contains("1 and 2"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), twice);
}

#[test]
fn an_update_builds_on_what_another_process_wrote_since() {
    use backlot::app::MediaMetadata;
    let workspace = with_demo();
    let app = crate::support::open(&workspace);
    let media = app.media("one").unwrap();
    let ids: Vec<String> = media.list().unwrap().files.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    let alt = |text: &str| MediaMetadata { alt: Some(text.to_owned()), ..MediaMetadata::default() };
    for round in 0..5 {
        let text = format!("round {round}");
        media.set(&ids[0], &alt(&text), None).unwrap();
        workspace.json(&["media", "set", "one", &ids[1], "--alt", &text]);
        media.set(&ids[2], &alt(&text), None).unwrap();
        let found: Vec<String> =
            media.list().unwrap().files[..3].iter().map(|item| item["metadata"]["alt"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found, [text.as_str(); 3], "what another process wrote is kept");
    }
}

#[test]
fn the_revision_an_update_answers_with_is_one_that_was_on_disk() {
    use backlot::app::MediaMetadata;
    let workspace = with_demo();
    let app = crate::support::open(&workspace);
    let media = app.media("one").unwrap();
    let ids: Vec<String> = media.list().unwrap().files.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    let barrier = std::sync::Barrier::new(8);
    let revisions: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = ids[..8]
            .iter()
            .map(|id| {
                scope.spawn(|| {
                    barrier.wait();
                    let metadata = MediaMetadata { alt: Some("at once".to_owned()), ..MediaMetadata::default() };
                    media.set(id, &metadata, None).unwrap().rev.unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Whoever was answered last knows the present revision; nobody knows one that is still to come.
    assert!(revisions.contains(&media.list().unwrap().rev.unwrap()));
}

#[test]
fn while_an_operation_is_under_way_saves_are_refused_and_reading_and_the_operation_itself_go_on() {
    let workspace = with_demo();
    let id = first_id(&workspace);
    let demo = workspace.json(&["demo", "show", "one"])["id"].as_str().unwrap().parse().unwrap();
    let folder = workspace.root.join("demos/one");
    let place = backlot::workspace::Workspace::at(workspace.root.clone());
    let operation = backlot::store::Operation::begin(&place, &folder, demo, "restore a snapshot").unwrap();
    let refused = workspace.refused(&["media", "set", "one", &id, "--alt", "x"]);
    assert_eq!(refused["code"], "Busy");
    assert!(refused["message"].as_str().unwrap().contains("restore a snapshot"), "{refused}");
    let second = backlot::store::Operation::begin(&place, &folder, demo, "reset").unwrap_err();
    assert_eq!(second.code, backlot::error::Code::Busy);
    operation.store().transact("restore", |batch| batch.set_text("site/note.txt", "restored")).unwrap();
    assert_eq!(first_id(&workspace), id);
    drop(operation);
    assert_eq!(workspace.json(&["media", "set", "one", &id, "--alt", "x"])["files"][0]["metadata"]["alt"], "x");
    assert_eq!(fs::read_to_string(workspace.site("one").join("note.txt")).unwrap(), "restored");
}
