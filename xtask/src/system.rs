//! What the system must have, and the package that brings it on each system we can name.

use crate::paths::has;
use crate::step::output;
use std::process::Command;

/// Something a build, the window or a test needs from the system.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// What it is, for a person.
    pub what: &'static str,
    present: fn() -> bool,
    /// The programs that it brings and that commands and tests run. One that no [`Need`] of a purpose names may not be run for
    /// that purpose: [`crate::declared`] holds that.
    pub programs: &'static [&'static str],
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    zypper: &'static str,
    apk: &'static str,
}

/// To compile the library, the CLI and the window.
pub const BUILD: &[Need] = &[
    Need {
        what: "pkg-config",
        present: || has(&["pkg-config"]),
        programs: &["pkg-config", "pkgconf"],
        apt: "pkg-config",
        dnf: "pkgconf-pkg-config",
        pacman: "pkgconf",
        zypper: "pkg-config",
        apk: "pkgconf",
    },
    Need {
        what: "a C compiler and make",
        present: || has(&["cc", "gcc", "clang"]) && has(&["make"]),
        programs: &["cc", "c++", "gcc", "g++", "cpp", "clang", "as", "ld", "ar", "ranlib", "make"],
        apt: "build-essential",
        dnf: "gcc gcc-c++ make",
        pacman: "base-devel",
        zypper: "gcc gcc-c++ make",
        apk: "build-base",
    },
    Need {
        what: "perl with FindBin and IPC::Cmd (OpenSSL is built from source)",
        present: || output(Command::new("perl").args(["-MFindBin", "-MIPC::Cmd", "-e", "1"])).is_some(),
        programs: &["perl"],
        apt: "perl",
        dnf: "perl-core",
        pacman: "perl",
        zypper: "perl",
        apk: "perl",
    },
    Need {
        what: "git (tests make real repositories)",
        present: || has(&["git"]),
        programs: &["git"],
        apt: "git",
        dnf: "git",
        pacman: "git",
        zypper: "git",
        apk: "git",
    },
    Need {
        what: "the webview (webkit2gtk-4.1)",
        present: || pkg_config(&["webkit2gtk-4.1", "javascriptcoregtk-4.1"]),
        programs: &[],
        apt: "libwebkit2gtk-4.1-dev",
        dnf: "webkit2gtk4.1-devel",
        pacman: "webkit2gtk-4.1",
        zypper: "webkit2gtk3-devel",
        apk: "webkit2gtk-4.1-dev",
    },
    Need {
        what: "GTK 3",
        present: || pkg_config(&["gtk+-3.0"]),
        programs: &[],
        apt: "libgtk-3-dev",
        dnf: "gtk3-devel",
        pacman: "gtk3",
        zypper: "gtk3-devel",
        apk: "gtk+3.0-dev",
    },
    Need {
        what: "libsoup 3",
        present: || pkg_config(&["libsoup-3.0"]),
        programs: &[],
        apt: "libsoup-3.0-dev",
        dnf: "libsoup3-devel",
        pacman: "libsoup3",
        zypper: "libsoup-devel",
        apk: "libsoup3-dev",
    },
];

/// To open the window where there is no display, and to drive it.
pub const WINDOW: &[Need] = &[
    Need {
        what: "Xvfb (a virtual display)",
        present: || has(&["Xvfb"]),
        programs: &["Xvfb", "xkbcomp"],
        apt: "xvfb",
        dnf: "xorg-x11-server-Xvfb",
        pacman: "xorg-server-xvfb",
        zypper: "xorg-x11-server-Xvfb",
        apk: "xvfb",
    },
    Need {
        what: "WebKitWebDriver (drives the window)",
        present: || has(&["WebKitWebDriver"]),
        programs: &["WebKitWebDriver"],
        apt: "webkit2gtk-driver",
        dnf: "webkit2gtk4.1",
        pacman: "webkit2gtk-4.1",
        zypper: "webkit2gtk-4_1-driver",
        apk: "webkit2gtk-4.1-dev",
    },
    Need {
        what: "dbus-run-session (a session bus)",
        present: || has(&["dbus-run-session"]) && has(&["dbus-daemon"]),
        programs: &["dbus-run-session", "dbus-daemon"],
        apt: "dbus",
        dnf: "dbus-daemon",
        pacman: "dbus",
        zypper: "dbus-1-daemon",
        apk: "dbus",
    },
    Need {
        what: "a font",
        present: || output(&mut Command::new("fc-list")).is_some_and(|fonts| !fonts.is_empty()),
        programs: &["fc-list"],
        apt: "fontconfig fonts-dejavu-core",
        dnf: "fontconfig dejavu-sans-fonts",
        pacman: "fontconfig ttf-dejavu",
        zypper: "fontconfig dejavu-fonts",
        apk: "fontconfig font-dejavu",
    },
];

/// To run every test.
pub const TEST: &[Need] = &[
    Need {
        what: "xdotool (types into the native dialogs)",
        present: || has(&["xdotool"]),
        programs: &["xdotool"],
        apt: "xdotool",
        dnf: "xdotool",
        pacman: "xdotool",
        zypper: "xdotool",
        apk: "xdotool",
    },
    Need {
        what: "Weston (a Wayland session for the tests to log off from)",
        present: || has(&["weston"]),
        programs: &["weston"],
        apt: "weston",
        dnf: "weston",
        pacman: "weston",
        zypper: "weston",
        apk: "weston weston-backend-headless weston-shell-desktop",
    },
    Need {
        what: "Chromium (runs the UI's browser tests)",
        present: || has(CHROMIUM),
        programs: CHROMIUM,
        apt: "chromium",
        dnf: "chromium",
        pacman: "chromium",
        zypper: "chromium",
        apk: "chromium",
    },
    Need {
        what: "strace (kills and fails the program at chosen system calls)",
        present: || has(&["strace"]),
        programs: &["strace"],
        apt: "strace",
        dnf: "strace",
        pacman: "strace",
        zypper: "strace",
        apk: "strace",
    },
    Need {
        what: "xfsprogs (a disk of that kind, to cut its power)",
        present: || has(&["mkfs.xfs"]) || std::path::Path::new("/usr/sbin/mkfs.xfs").exists(),
        programs: &["mkfs.xfs"],
        apt: "xfsprogs",
        dnf: "xfsprogs",
        pacman: "xfsprogs",
        zypper: "xfsprogs",
        apk: "xfsprogs",
    },
    Need {
        what: "python3 (measures the memory of a program that it starts)",
        present: || has(&["python3"]),
        programs: &["python3"],
        apt: "python3",
        dnf: "python3",
        pacman: "python",
        zypper: "python3",
        apk: "python3",
    },
    Need {
        what: "mkfs.ext4 (a disk of that kind, to cut its power)",
        present: || has(&["mkfs.ext4"]) || std::path::Path::new("/usr/sbin/mkfs.ext4").exists(),
        programs: &["mkfs.ext4"],
        apt: "e2fsprogs",
        dnf: "e2fsprogs",
        pacman: "e2fsprogs",
        zypper: "e2fsprogs",
        apk: "e2fsprogs",
    },
    Need {
        what: "mkfs.vfat and mkfs.exfat (a disk that keeps no permissions)",
        present: || ["mkfs.vfat", "mkfs.exfat"].iter().all(|name| has(&[*name]) || std::path::Path::new("/usr/sbin").join(name).exists()),
        // The last one is for kernels that know neither.
        programs: &["mkfs.vfat", "mkfs.exfat", "mount.exfat-fuse"],
        apt: "dosfstools exfatprogs exfat-fuse",
        dnf: "dosfstools exfatprogs",
        pacman: "dosfstools exfatprogs",
        zypper: "dosfstools exfatprogs",
        apk: "dosfstools exfatprogs",
    },
    Need {
        what: "openssl (a certificate for the tests' own git server)",
        present: || has(&["openssl"]),
        programs: &["openssl"],
        apt: "openssl",
        dnf: "openssl",
        pacman: "openssl",
        zypper: "openssl",
        apk: "openssl",
    },
];

/// The names under which a Chromium may be installed.
pub const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Those of `needs` that are not there.
pub fn missing(needs: &[&'static [Need]]) -> Vec<Need> {
    needs.iter().flat_map(|group| group.iter()).filter(|need| !(need.present)()).copied().collect()
}

/// The programs that install packages, in the order they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    Apt,
    Dnf,
    Pacman,
    Zypper,
    Apk,
}

impl Installer {
    /// The one this system has.
    pub fn found() -> Option<Self> {
        let known = [("apt-get", Self::Apt), ("dnf", Self::Dnf), ("pacman", Self::Pacman), ("zypper", Self::Zypper), ("apk", Self::Apk)];
        known.into_iter().find(|(name, _)| has(&[name])).map(|(_, installer)| installer)
    }

    /// The packages that bring what is needed.
    pub fn packages(self, needs: &[Need]) -> Vec<&'static str> {
        let mut packages: Vec<&str> = needs
            .iter()
            .flat_map(|need| {
                let names = match self {
                    Self::Apt => need.apt,
                    Self::Dnf => need.dnf,
                    Self::Pacman => need.pacman,
                    Self::Zypper => need.zypper,
                    Self::Apk => need.apk,
                };
                names.split(' ')
            })
            .collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }

    /// The command a person would type to install them.
    pub fn command(self, needs: &[Need]) -> String {
        let packages = self.packages(needs).join(" ");
        match self {
            Self::Apt => format!("sudo apt-get update && sudo apt-get install --no-install-recommends {packages}"),
            Self::Dnf => format!("sudo dnf install {packages}"),
            Self::Pacman => format!("sudo pacman -S --needed {packages}"),
            Self::Zypper => format!("sudo zypper install {packages}"),
            Self::Apk => format!("sudo apk add {packages}"),
        }
    }
}

fn pkg_config(modules: &[&str]) -> bool {
    output(Command::new("pkg-config").arg("--exists").args(modules)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_brings_two_things_is_named_once() {
        let command = Installer::Pacman.command(&[BUILD[4], WINDOW[1]]);
        assert_eq!(command, "sudo pacman -S --needed webkit2gtk-4.1");
    }

    #[test]
    fn the_command_for_apt_names_every_package() {
        let command = Installer::Apt.command(&[BUILD[4], WINDOW[3]]);
        let wanted =
            "sudo apt-get update && sudo apt-get install --no-install-recommends fontconfig fonts-dejavu-core libwebkit2gtk-4.1-dev";
        assert_eq!(command, wanted);
    }
}
