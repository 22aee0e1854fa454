//! Files dropped on the window from outside, as a file manager does it: the source's side of the XDND protocol, version 5
//! (freedesktop.org, "Drag-and-Drop Protocol for the X Window System").

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent,
    SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// How long the other side may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time "now", for the server.
const NOW: u32 = 0;

struct Source {
    display: RustConnection,
    window: Window,
    target: Window,
    list: Vec<u8>,
}

/// Drops files in the middle of the window `target`.
pub fn drop_files(target: u32, files: &[&Path]) {
    let (display, screen) = x11rb::connect(None).expect("there is a display");
    let root = display.setup().roots[screen].root;
    let window = display.generate_id().expect("an id");
    display
        .create_window(0, window, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &CreateWindowAux::new())
        .expect("a request")
        .check()
        .expect("a window");
    let list = files.iter().fold(String::new(), |list, file| list + "file://" + file.to_str().expect("a name in UTF-8") + "\r\n");
    let source = Source { display, window, target, list: list.into_bytes() };
    source.drop_in_the_middle(root);
}

impl Source {
    fn drop_in_the_middle(&self, root: Window) {
        let (selection, uris, copy) = (self.atom("XdndSelection"), self.atom("text/uri-list"), self.atom("XdndActionCopy"));
        self.display.set_selection_owner(self.window, selection, NOW).expect("a request").check().expect("the selection");
        let size = self.display.get_geometry(self.target).expect("a request").reply().expect("its size");
        let (x, y) = (i16::try_from(size.width / 2).expect("a size"), i16::try_from(size.height / 2).expect("a size"));
        let at = self.display.translate_coordinates(self.target, root, x, y).expect("a request").reply().expect("a place");
        let place = u32::from(at.dst_x.cast_unsigned()) << 16 | u32::from(at.dst_y.cast_unsigned());

        self.say("XdndEnter", [self.window, 5 << 24, uris, 0, 0]);
        // The first positions may come before the data has been asked for and looked at: until then nothing is accepted.
        let is_taken = self.until("the drop is accepted", |source, answer| {
            source.say("XdndPosition", [source.window, 0, place, NOW, copy]);
            answer("XdndStatus").map(|data| data[1] & 1 == 1)
        });
        assert!(is_taken);
        self.say("XdndDrop", [self.window, 0, NOW, 0, 0]);
        self.until("the drop is finished", |_, answer| answer("XdndFinished").map(|_| true));
    }

    /// Serves what is asked of the selection until an answer of the window satisfies.
    fn until(&self, what: &str, mut look: impl FnMut(&Self, &mut dyn FnMut(&str) -> Option<[u32; 5]>) -> Option<bool>) -> bool {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let mut answered = |name: &str| {
                let asked = Instant::now();
                while asked.elapsed() < Duration::from_secs(1) {
                    match self.display.poll_for_event().expect("the display answers") {
                        Some(Event::SelectionRequest(request)) => self.give(&request),
                        Some(Event::ClientMessage(message)) if message.type_ == self.atom(name) => return Some(message.data.as_data32()),
                        Some(_) => {}
                        // Nothing tells when the other side will answer.
                        None => std::thread::park_timeout(Duration::from_millis(5)),
                    }
                }
                None
            };
            if look(self, &mut answered) == Some(true) {
                return true;
            }
        }
        panic!("waited in vain until {what}");
    }

    /// Hands over the list of files (ICCCM, section 2.2).
    fn give(&self, request: &SelectionRequestEvent) {
        let property = if request.property == u32::from(AtomEnum::NONE) { request.target } else { request.property };
        let is_known = request.target == self.atom("text/uri-list");
        if is_known {
            let put = self.display.change_property8(PropMode::REPLACE, request.requestor, property, request.target, &self.list);
            put.expect("a request").check().expect("the list is handed over");
        }
        let notice = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if is_known { property } else { AtomEnum::NONE.into() },
        };
        self.display.send_event(false, request.requestor, EventMask::NO_EVENT, notice).expect("a request").check().expect("it is told");
    }

    fn say(&self, name: &str, data: [u32; 5]) {
        let message = ClientMessageEvent::new(32, self.target, self.atom(name), data);
        self.display.send_event(false, self.target, EventMask::NO_EVENT, message).expect("a request").check().expect("it is sent");
        self.display.flush().expect("it is on its way");
    }

    fn atom(&self, name: &str) -> u32 {
        self.display.intern_atom(false, name.as_bytes()).expect("a request").reply().expect("an atom").atom
    }
}
