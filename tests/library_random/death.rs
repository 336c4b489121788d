//! The process dies at some moment, and another one takes over what it finds.

use std::sync::Arc;

use rsm::SeededRandomness;
use tempfile::TempDir;

use super::acme::Acme;
use super::plug::Plug;
use super::robot;
use super::world::World;

impl World {
    /// Everything that was committed is there, and nothing else; cartridges lie wherever they were.
    pub fn die(&mut self) {
        self.see_everybody_off();
        self.note("the process dies".to_owned());
        let copy = self.copy_of_catalog();
        self.plug.pull();
        // What belonged to the dead process goes on with a catalog nobody looks at any more.
        for session in 0..self.sessions.len() {
            self.sessions[session].close().expect("closed");
            self.end_calls(session);
        }
        self.end_orders();
        self.queued.clear();
        self.reserved.clear();
        self.mounted.clear();
        self.plug = Plug::new(&self.robot.clock);
        self.robot.device =
            super::world::open(self.shelf.path(), &self.plug, self.pace, self.rates);
        let randomness = Arc::new(SeededRandomness::new(self.dice.below(1 << 40) as u64));
        let options = robot::options(&self.robot.clock).randomness(randomness);
        let manager = options.open(copy.path()).expect("a catalog");
        manager.register_label_format(Arc::new(Acme)).expect("registered");
        self.robot.session = manager.session("test").expect("a session");
        self.sessions =
            ["one", "two"].map(|name| Arc::new(manager.session(name).expect("a session"))).into();
        self.robot.manager = manager;
        self.robot.dir = copy;
        self.attach();
        self.robot.settle();
        self.assert_at_rest();
    }

    /// As it is at this moment.
    fn copy_of_catalog(&self) -> TempDir {
        let copy = robot::directory();
        let target = copy.path().join("catalog.db");
        let source = self.robot.dir.path().join("catalog.db");
        let source = rusqlite::Connection::open(source).expect("the catalog");
        source.execute("VACUUM INTO ?1", [target.to_str().expect("text")]).expect("copied");
        copy
    }
}
