//! Generates the desktop shell's context. Without the feature `desktop` there is nothing to do,
//! so that the library and the CLI build with no webview installed.

fn main() {
    #[cfg(feature = "desktop")]
    tauri_build::build();
    println!("cargo:rerun-if-changed=starters");
}
