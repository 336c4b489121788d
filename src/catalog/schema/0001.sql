-- Version 1 of the catalog.
--
-- key: small integer, the row's place; id: the 16 bytes people and programs know it by.
-- Times are microseconds since 1970 UTC. Enumerations hold the original API's numbers.

CREATE TABLE computer (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    security TEXT NOT NULL,
    creator INTEGER NOT NULL,             -- user id; this user and the superuser are administrators
    next_sequence INTEGER NOT NULL,       -- of media; also their key; never reused
    generation INTEGER NOT NULL DEFAULT 1, -- one more with each import
    library_request_purge INTEGER NOT NULL DEFAULT 259200,
    operator_request_purge INTEGER NOT NULL DEFAULT 259200,
    library_request_flags INTEGER NOT NULL DEFAULT 0,
    operator_request_flags INTEGER NOT NULL DEFAULT 0,
    media_pool_policy INTEGER NOT NULL DEFAULT 0,
    detection INTEGER NOT NULL DEFAULT 1  -- media that turn up complete requests
) STRICT;

CREATE TABLE media_type (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    code INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    sides INTEGER NOT NULL CHECK (sides BETWEEN 1 AND 255),
    recording INTEGER NOT NULL,
    device_type INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL
) STRICT;

CREATE TABLE library (
    key INTEGER PRIMARY KEY,              -- 1 is the offline library
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    identity TEXT UNIQUE,                 -- how the hardware is recognised again
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    security TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    operational_state INTEGER NOT NULL,
    trouble TEXT,                         -- why it needs service
    stopped INTEGER NOT NULL DEFAULT 0,   -- it can move nothing until then
    type INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    auto_recovery INTEGER NOT NULL DEFAULT 1,
    inventory_method INTEGER NOT NULL DEFAULT 1,
    bar_code_reader INTEGER NOT NULL DEFAULT 0,
    drive_cleaning INTEGER NOT NULL DEFAULT 0,
    cleaner_slot INTEGER,
    cleaner_slot_default INTEGER,
    cleaner_uses INTEGER NOT NULL DEFAULT 0,
    media_count INTEGER NOT NULL DEFAULT 0,
    door_open INTEGER NOT NULL DEFAULT 0  -- 1: nothing moves
) STRICT;

CREATE TABLE library_media_type (
    library INTEGER NOT NULL REFERENCES library (key),
    media_type INTEGER NOT NULL REFERENCES media_type (key),
    PRIMARY KEY (library, media_type)
) STRICT, WITHOUT ROWID;

-- Vendors and products of changers (kind 3) and drives (kind 6), each once: what has been attached
-- here. Devices refer to them by their own vendor and product.
CREATE TABLE device_type (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind INTEGER NOT NULL CHECK (kind IN (3, 6)),
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    device_type INTEGER NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    UNIQUE (kind, vendor, product)
) STRICT;

CREATE TABLE changer (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    library INTEGER NOT NULL REFERENCES library (key),
    number INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    revision TEXT NOT NULL,
    serial TEXT NOT NULL,
    device_name TEXT NOT NULL,
    scsi INTEGER NOT NULL DEFAULT 0,      -- port, bus, target and unit, 16 bits each
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    operational_state INTEGER NOT NULL DEFAULT 0,
    UNIQUE (library, number)
) STRICT;

CREATE TABLE slot (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    library INTEGER NOT NULL REFERENCES library (key),
    number INTEGER NOT NULL,
    changer INTEGER NOT NULL REFERENCES changer (key),
    address INTEGER NOT NULL,
    state INTEGER NOT NULL,
    cleaner INTEGER NOT NULL DEFAULT 0,   -- Full of a cleaning cartridge, which is no medium
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    UNIQUE (library, number),
    UNIQUE (changer, address)
) STRICT;

CREATE INDEX slot_empty ON slot (changer, address) WHERE state = 2;
CREATE INDEX slot_cleaner ON slot (library) WHERE cleaner = 1;

CREATE TABLE drive (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    library INTEGER NOT NULL REFERENCES library (key),
    number INTEGER NOT NULL,
    changer INTEGER REFERENCES changer (key),
    address INTEGER NOT NULL,
    serial TEXT NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    revision TEXT NOT NULL,
    device_name TEXT NOT NULL,
    scsi INTEGER NOT NULL DEFAULT 0,      -- as a changer's
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1,
    operational_state INTEGER NOT NULL,
    state INTEGER NOT NULL,
    saved_side INTEGER REFERENCES side (key) DEFERRABLE INITIALLY DEFERRED,
    deferred_since INTEGER,               -- while Dismountable: when the deferred dismount was asked for
    mount_count INTEGER NOT NULL DEFAULT 0,
    last_cleaned INTEGER,
    wants_cleaning INTEGER NOT NULL DEFAULT 0,
    cleaned_at INTEGER,                   -- the mount count when it was cleaned last
    defer_delay INTEGER NOT NULL DEFAULT 300,
    UNIQUE (library, number)
) STRICT;

CREATE INDEX drive_side ON drive (saved_side) WHERE saved_side IS NOT NULL;

CREATE TABLE door (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    library INTEGER NOT NULL REFERENCES library (key),
    number INTEGER NOT NULL,
    changer INTEGER NOT NULL REFERENCES changer (key),
    place INTEGER NOT NULL,               -- which of the changer's doors, from 0
    state INTEGER NOT NULL,
    max_open INTEGER NOT NULL DEFAULT 300,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    UNIQUE (library, number)
) STRICT;

CREATE TABLE port (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    library INTEGER NOT NULL REFERENCES library (key),
    number INTEGER NOT NULL,
    changer INTEGER REFERENCES changer (key), -- null: the mouth of a stand-alone drive
    address INTEGER NOT NULL,             -- of its first cell
    cells INTEGER NOT NULL,               -- how many cartridges fit
    content INTEGER NOT NULL,
    position INTEGER NOT NULL,
    max_extend INTEGER NOT NULL DEFAULT 60,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    UNIQUE (library, number)
) STRICT;

CREATE TABLE pool (
    key INTEGER PRIMARY KEY,              -- 1 is the root pool
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    parent INTEGER REFERENCES pool (key),
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    security TEXT NOT NULL,
    type INTEGER NOT NULL,
    media_type INTEGER REFERENCES media_type (key),
    allocation_policy INTEGER NOT NULL DEFAULT 0,
    deallocation_policy INTEGER NOT NULL DEFAULT 0,
    max_allocates INTEGER NOT NULL DEFAULT 0,
    media_count INTEGER NOT NULL DEFAULT 0,
    logical_count INTEGER NOT NULL DEFAULT 0,
    pool_count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (parent, name)
) STRICT;

CREATE INDEX pool_parent ON pool (parent);
CREATE INDEX pool_media_type ON pool (media_type) WHERE media_type IS NOT NULL;

-- One system pool of a kind for a media type (1 free, 2 unrecognized, 3 import).
CREATE UNIQUE INDEX pool_system ON pool (type, media_type)
    WHERE type IN (1, 2, 3) AND media_type IS NOT NULL;

CREATE TABLE medium (
    key INTEGER PRIMARY KEY,              -- the sequence number
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    pool INTEGER NOT NULL REFERENCES pool (key),
    media_type INTEGER NOT NULL REFERENCES media_type (key),
    library INTEGER NOT NULL REFERENCES library (key),
    slot INTEGER REFERENCES slot (key),   -- where it is: one of slot, drive, port, or none
    drive INTEGER REFERENCES drive (key),
    port INTEGER REFERENCES port (key),
    home_slot INTEGER REFERENCES slot (key),
    state INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    exclusive INTEGER NOT NULL DEFAULT 0,
    return_pending INTEGER NOT NULL DEFAULT 0,
    mounted_side INTEGER,                 -- number of the side that is up in a drive
    bar_code TEXT NOT NULL,
    bar_code_readable INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_is_manual INTEGER NOT NULL DEFAULT 0,
    description TEXT NOT NULL DEFAULT '',
    media_code INTEGER NOT NULL DEFAULT 0,
    density_code INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    CHECK ((slot IS NOT NULL) + (drive IS NOT NULL) + (port IS NOT NULL) <= 1)
) STRICT;

CREATE INDEX medium_pool ON medium (pool);
CREATE INDEX medium_library ON medium (library);
CREATE INDEX medium_disabled ON medium (pool) WHERE enabled = 0;
CREATE INDEX medium_bar_code ON medium (bar_code) WHERE bar_code <> '';
CREATE UNIQUE INDEX medium_slot ON medium (slot) WHERE slot IS NOT NULL;
CREATE UNIQUE INDEX medium_drive ON medium (drive) WHERE drive IS NOT NULL;
CREATE INDEX medium_port ON medium (port) WHERE port IS NOT NULL;
CREATE INDEX medium_home ON medium (home_slot) WHERE home_slot IS NOT NULL;

-- A side and, while it is Allocated or Complete, the logical medium on it. The key is the
-- medium's key times 256 plus the number of the side, so the sides of a medium lie together and
-- in the order of their media.
CREATE TABLE side (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    pool INTEGER NOT NULL,                -- as its medium's
    library INTEGER NOT NULL,             -- as its medium's
    grade INTEGER,                        -- how a search may find it: 1 plain, 2 also with NEW
    state INTEGER NOT NULL,
    allocate_count INTEGER NOT NULL DEFAULT 0,
    logical BLOB CHECK (length(logical) = 16),
    logical_name TEXT,
    logical_description TEXT,
    logical_created INTEGER,
    logical_modified INTEGER,
    mount_count INTEGER NOT NULL DEFAULT 0,
    capacity INTEGER NOT NULL DEFAULT 0,
    label_type TEXT,
    label_id BLOB,
    label_info TEXT,
    pending_label BLOB,                   -- identifier of a free label that is being written
    name TEXT,                            -- null: named after its medium
    description TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    CHECK ((logical IS NOT NULL) = (state IN (5, 6)))
) STRICT;

CREATE INDEX side_candidate ON side (pool, library, grade) WHERE grade IS NOT NULL;
CREATE INDEX side_unprepared ON side (library) WHERE state = 1;
CREATE INDEX side_unprepared_pool ON side (pool) WHERE state = 1;
CREATE INDEX side_label ON side (label_id, label_type) WHERE label_id IS NOT NULL;

-- Unprepared sides whose free label is written when somebody asks for it: the catalog has been
-- imported since, and may be older than the tapes.
CREATE TABLE label_not_asked (
    side INTEGER PRIMARY KEY REFERENCES side (key) ON DELETE CASCADE
) STRICT;

-- Logical media whose id does not carry the key of the side they are on.
CREATE TABLE logical_forward (
    logical BLOB PRIMARY KEY CHECK (length(logical) = 16),
    side INTEGER NOT NULL UNIQUE REFERENCES side (key)
) STRICT, WITHOUT ROWID;

-- What applications keep beside objects. Objects of any kind, which take it with them.
CREATE TABLE attribute (
    key INTEGER PRIMARY KEY,
    object BLOB NOT NULL CHECK (length(object) = 16),
    name TEXT NOT NULL,
    data BLOB NOT NULL CHECK (length(data) BETWEEN 1 AND 65535),
    UNIQUE (object, name)
) STRICT;

-- Programs that have the catalog open; each holds a lock on the file of its name in live/.
CREATE TABLE process (
    key INTEGER PRIMARY KEY,
    live BLOB NOT NULL UNIQUE,
    pid INTEGER NOT NULL,
    started INTEGER NOT NULL
) STRICT;

-- Who has the devices of a library. Who owns it holds its lock, too.
CREATE TABLE attachment (
    library INTEGER NOT NULL REFERENCES library (key),
    process INTEGER NOT NULL REFERENCES process (key),
    owner INTEGER NOT NULL,
    PRIMARY KEY (library, process)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_process ON attachment (process);

-- Mounts and movements have one row per drive in use at most: few enough to be looked through.
CREATE TABLE mount (
    medium INTEGER PRIMARY KEY REFERENCES medium (key),
    side INTEGER NOT NULL UNIQUE REFERENCES side (key),
    drive INTEGER NOT NULL UNIQUE REFERENCES drive (key),
    process INTEGER NOT NULL REFERENCES process (key),
    session BLOB NOT NULL,
    handles INTEGER NOT NULL DEFAULT 0,   -- open data handles
    writable INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;


-- Drives that sessions keep for themselves. A reservation whose drive has gone out of service has
-- ended, and stays until its owner has heard of it.
CREATE TABLE drive_reservation (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    drive INTEGER NOT NULL REFERENCES drive (key) ON DELETE CASCADE,
    process INTEGER NOT NULL REFERENCES process (key),
    session BLOB CHECK (length(session) = 16),        -- null: all sessions of the process
    application TEXT NOT NULL,            -- who asked for it
    user TEXT NOT NULL,
    since INTEGER NOT NULL,
    dismount BLOB CHECK (length(dismount) = 16),      -- the request that empties the drive for it
    ended INTEGER                         -- the number of the error with which it has ended
) STRICT;

CREATE UNIQUE INDEX drive_reservation_live ON drive_reservation (drive) WHERE ended IS NULL;
CREATE INDEX drive_reservation_drive ON drive_reservation (drive);
CREATE INDEX drive_reservation_process ON drive_reservation (process);
CREATE INDEX drive_reservation_session ON drive_reservation (session) WHERE session IS NOT NULL;

-- Calls that wait for a drive to reserve, in the order in which they came: a row for each library
-- that may serve a call.
CREATE TABLE drive_wait (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),         -- also that of the reservation
    library INTEGER NOT NULL REFERENCES library (key) ON DELETE CASCADE,
    drive INTEGER REFERENCES drive (key) ON DELETE CASCADE, -- null: any
    changer INTEGER,                      -- only drives of this one; null: any
    process INTEGER NOT NULL REFERENCES process (key), -- where the call waits
    owner INTEGER NOT NULL REFERENCES process (key),  -- whose the drive will be
    session BLOB CHECK (length(session) = 16),        -- null: all sessions of the owner
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    since INTEGER NOT NULL,
    deadline INTEGER,                     -- null: no limit
    UNIQUE (id, library)
) STRICT;

CREATE INDEX drive_wait_library ON drive_wait (library, key);
CREATE INDEX drive_wait_drive ON drive_wait (drive) WHERE drive IS NOT NULL;
CREATE INDEX drive_wait_process ON drive_wait (process);
CREATE INDEX drive_wait_owner ON drive_wait (owner);

-- What a library is doing with a cartridge: the journal of its movements. Who has the row owns the
-- drive and the medium until the row is gone. Rows that outlive their process are settled by
-- whoever attaches the library next.
CREATE TABLE movement (
    drive INTEGER PRIMARY KEY REFERENCES drive (key),
    library INTEGER NOT NULL REFERENCES library (key),
    medium INTEGER UNIQUE REFERENCES medium (key),    -- null: not identified yet
    slot INTEGER UNIQUE REFERENCES slot (key),        -- where the cartridge was taken from, or goes
    purpose INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;


-- Media that are put out through a port: the journal of their way. Rows with a cell that outlive
-- their request are settled by whoever has the library.
CREATE TABLE port_move (
    medium INTEGER PRIMARY KEY REFERENCES medium (key) ON DELETE CASCADE,
    request INTEGER NOT NULL,             -- the key of the request
    force INTEGER NOT NULL,               -- 1: whoever uses it loses it
    cell INTEGER                          -- the port's element that it goes to, or lies in
) STRICT;

CREATE INDEX port_move_request ON port_move (request);

-- What people are asked to do.
CREATE TABLE operator_request (
    key INTEGER PRIMARY KEY,              -- the order in which they were made
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    origin INTEGER NOT NULL,              -- 0 an application's, 1 of a waiting allocation, 2 of the library manager
    message TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    argument1_type INTEGER NOT NULL,      -- 0: none
    argument1 BLOB CHECK (length(argument1) = 16),
    argument2_type INTEGER NOT NULL,
    argument2 BLOB CHECK (length(argument2) = 16),
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    computer TEXT NOT NULL,
    session BLOB CHECK (length(session) = 16), -- the session that was the first to cause it, if one did
    submitted INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    finished INTEGER,                     -- when it became Refused or Complete
    answered_by TEXT NOT NULL DEFAULT '', -- the user who is at it, or has answered
    answer TEXT NOT NULL DEFAULT '',      -- why it was refused
    CHECK ((finished IS NOT NULL) = (state IN (4, 5)))
) STRICT;

CREATE INDEX operator_request_open ON operator_request (finished) WHERE finished IS NULL;
CREATE INDEX operator_request_final ON operator_request (state, finished) WHERE finished IS NOT NULL;
CREATE INDEX operator_request_argument ON operator_request (argument1) WHERE argument1 IS NOT NULL;

-- One open request of the library manager for one cause.
CREATE UNIQUE INDEX operator_request_cause ON operator_request (kind, argument1, argument2)
    WHERE origin = 2 AND finished IS NULL;

-- The row says that nobody is there to do what people are asked.
CREATE TABLE absence (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    reason TEXT NOT NULL,
    application TEXT NOT NULL,            -- who said so
    user TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER                         -- null: until somebody says otherwise
) STRICT;

-- What libraries are to do, and have done.
CREATE TABLE library_request (
    key INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were made; never used again
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    call BLOB NOT NULL CHECK (length(call) = 16), -- what those who wait for it watch
    first INTEGER NOT NULL,               -- the first request of the same call
    members INTEGER NOT NULL,             -- requests of that call; their keys follow one another
    library INTEGER NOT NULL REFERENCES library (key),
    operation INTEGER NOT NULL,
    option INTEGER NOT NULL,
    argument INTEGER NOT NULL DEFAULT 0,  -- what else the operation says about how
    mount_options INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    place INTEGER NOT NULL DEFAULT 0,     -- of a mount among those of its library; the same for all of a call
    pinned INTEGER NOT NULL DEFAULT 0,    -- 1: put last by hand, so later ones go before it
    medium BLOB,                          -- these four are ids: the objects may be gone
    side BLOB,
    drive BLOB,
    slot BLOB,
    work_item BLOB,                       -- the request that is to be taken off the queue
    subject_type INTEGER NOT NULL,        -- what the completion tells of; 0: nothing
    subject BLOB,
    error INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    computer TEXT NOT NULL,
    queued INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    completed INTEGER,
    process INTEGER,                      -- whose mount it will be; null: nobody waits
    session BLOB,
    deadline INTEGER,                     -- until when it is waited for; null: no limit
    caller BLOB CHECK (length(caller) = 16), -- the session that asked for it, if one did
    attendance INTEGER,                   -- whether people attend to that session, if it has said so
    operator_request BLOB,                -- what a person is asked for it
    CHECK ((completed IS NOT NULL) = (state IN (2, 3, 4, 7, 8)))
) STRICT;

CREATE INDEX library_request_queue ON library_request (library, operation, place, key)
    WHERE completed IS NULL;
-- Mounts that wait: all in their order, by priority, and those that were put last.
CREATE INDEX library_request_mounts ON library_request (library, place, key, medium, side, drive,
    mount_options, operator_request, process, session) WHERE operation = 17 AND state IN (0, 5);
CREATE INDEX library_request_priority ON library_request (library, priority, place)
    WHERE operation = 17 AND state IN (0, 5) AND pinned = 0;
CREATE INDEX library_request_pinned ON library_request (library, place)
    WHERE operation = 17 AND state IN (0, 5) AND pinned = 1;
CREATE INDEX library_request_new ON library_request (library, operation, key) WHERE state = 0;
-- What waits and is no mount.
CREATE INDEX library_request_put_off ON library_request (library, operation, key)
    WHERE state = 5 AND operation <> 17;
CREATE INDEX library_request_medium ON library_request (medium)
    WHERE completed IS NULL AND medium IS NOT NULL;
CREATE INDEX library_request_eject ON library_request (medium)
    WHERE state = 1 AND operation = 10;
CREATE INDEX library_request_session ON library_request (session)
    WHERE completed IS NULL AND session IS NOT NULL;
CREATE INDEX library_request_process ON library_request (process)
    WHERE completed IS NULL AND process IS NOT NULL;
CREATE INDEX library_request_operator ON library_request (library)
    WHERE completed IS NULL AND operator_request IS NOT NULL;
CREATE INDEX library_request_finished ON library_request (state = 3, completed)
    WHERE completed IS NOT NULL;

-- Keys, and ids of what comes of requests, are counted from the start.
INSERT INTO sqlite_sequence (name, seq) VALUES ('library_request', 0);

-- Calls that wait for a request to be done. What became of it stays here until they have read it.
CREATE TABLE operator_request_wait (
    key INTEGER PRIMARY KEY,
    request BLOB NOT NULL CHECK (length(request) = 16),
    process INTEGER NOT NULL REFERENCES process (key),
    session BLOB NOT NULL CHECK (length(session) = 16),
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    since INTEGER NOT NULL,
    deadline INTEGER,                     -- null: no limit
    outcome INTEGER                       -- the final state of the request
) STRICT;

CREATE INDEX operator_request_wait_request ON operator_request_wait (request);
CREATE INDEX operator_request_wait_process ON operator_request_wait (process);

-- Allocations that wait for a side, in the order in which they came.
CREATE TABLE allocation_wait (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),  -- also what the id of the logical medium is made of
    process INTEGER NOT NULL REFERENCES process (key),
    session BLOB NOT NULL CHECK (length(session) = 16),
    pool INTEGER NOT NULL,                -- 0: it can be given nothing any more
    whole INTEGER NOT NULL,               -- 1: with NEW
    caller TEXT NOT NULL,                 -- whose rights count
    free_pool INTEGER,                    -- the free pool on which the caller was found to have the right
    request BLOB NOT NULL CHECK (length(request) = 16), -- the operator request of the moment
    since INTEGER NOT NULL,
    deadline INTEGER,                     -- null: no limit
    attendance INTEGER,                   -- what the session has said for itself: 1 attended
    side INTEGER,                         -- the side that was handed over
    source BLOB CHECK (length(source) = 16),            -- and the pool it came from
    CHECK ((side IS NULL) = (source IS NULL))
) STRICT;

CREATE INDEX allocation_wait_next ON allocation_wait (pool, whole, key) WHERE side IS NULL;
CREATE INDEX allocation_wait_process ON allocation_wait (process);
CREATE INDEX allocation_wait_session ON allocation_wait (session);
CREATE UNIQUE INDEX allocation_wait_request ON allocation_wait (request);

-- Where messages to people go.
CREATE TABLE ui_destination (
    key INTEGER PRIMARY KEY,              -- the order in which they were added
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    scope BLOB NOT NULL CHECK (length(scope) = 16),   -- the id of the computer, a library or a session
    process INTEGER REFERENCES process (key),         -- of a session
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,                 -- the name in lower case
    UNIQUE (scope, kind, folded)
) STRICT;

CREATE INDEX ui_destination_list ON ui_destination (scope, kind, key);
-- Whether anybody follows what libraries do.
CREATE INDEX ui_destination_kind ON ui_destination (kind);
CREATE INDEX ui_destination_process ON ui_destination (process) WHERE process IS NOT NULL;

-- Messages to people on their way: one row for each request and destination.
CREATE TABLE ui_message (
    key INTEGER PRIMARY KEY,              -- the order in which they were made
    request BLOB NOT NULL CHECK (length(request) = 16),
    work INTEGER NOT NULL DEFAULT 0,      -- 1: the request is a library's; gone when its state is shown
    kind INTEGER NOT NULL,
    destination TEXT NOT NULL,            -- the name, as it was added
    folded TEXT NOT NULL,
    time INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,     -- 0 nobody has shown it, 1 shown, 2 to be recalled
    sink BLOB CHECK (length(sink) = 16),  -- who has shown it
    process INTEGER REFERENCES process (key),         -- and where
    outcome INTEGER,                      -- how the request ended; null: it was deleted
    UNIQUE (request, kind, folded),
    CHECK ((state = 0) = (sink IS NULL))
) STRICT;

CREATE INDEX ui_message_waiting ON ui_message (folded, key) WHERE state = 0;
CREATE INDEX ui_message_sink ON ui_message (sink) WHERE sink IS NOT NULL;
CREATE INDEX ui_message_process ON ui_message (process) WHERE process IS NOT NULL;

-- Who wants to be told of what people do to a stand-alone library.
CREATE TABLE detection (
    key INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were made; never used again
    library INTEGER NOT NULL REFERENCES library (key) ON DELETE CASCADE,
    handle BLOB NOT NULL CHECK (length(handle) = 16),   -- the detection set, or the call
    process INTEGER NOT NULL REFERENCES process (key),
    session BLOB NOT NULL CHECK (length(session) = 16),
    once INTEGER NOT NULL,                -- 1: a call that waits for one look
    outcome INTEGER,                      -- when it was looked: 0, or why that failed
    UNIQUE (handle, library)
) STRICT;

CREATE INDEX detection_library ON detection (library);
CREATE INDEX detection_poll ON detection (library, key) WHERE once = 1 AND outcome IS NULL;
CREATE INDEX detection_session ON detection (session);
CREATE INDEX detection_process ON detection (process);

-- One row per operation: what it changed, for those who watch. 18 bytes per object.
CREATE TABLE change_log (
    sequence INTEGER PRIMARY KEY,
    changes BLOB NOT NULL
) STRICT;

-- What went wrong in drives and with media, counted. No row: nothing.
CREATE TABLE drive_health (
    drive INTEGER PRIMARY KEY REFERENCES drive (key) ON DELETE CASCADE,
    loads INTEGER NOT NULL DEFAULT 0,
    unloads INTEGER NOT NULL DEFAULT 0,
    reads INTEGER NOT NULL DEFAULT 0,
    writes INTEGER NOT NULL DEFAULT 0,
    last INTEGER,                         -- the time of the last failure, what it was and why
    last_kind INTEGER,
    last_reason TEXT,
    cleanings INTEGER NOT NULL DEFAULT 0,
    suspect INTEGER NOT NULL DEFAULT 0    -- out of service until a person says otherwise
) STRICT;

CREATE TABLE medium_health (
    medium INTEGER PRIMARY KEY REFERENCES medium (key) ON DELETE CASCADE,
    loads INTEGER NOT NULL DEFAULT 0,
    unloads INTEGER NOT NULL DEFAULT 0,
    reads INTEGER NOT NULL DEFAULT 0,
    writes INTEGER NOT NULL DEFAULT 0,
    last INTEGER,
    last_kind INTEGER,
    last_reason TEXT,
    suspect INTEGER NOT NULL DEFAULT 0,   -- until it is identified again
    wrong_slot INTEGER                    -- where another cartridge was found in its place
) STRICT;

-- Media that failed in drives.
CREATE TABLE failed_couple (
    medium INTEGER NOT NULL REFERENCES medium (key) ON DELETE CASCADE,
    drive INTEGER NOT NULL REFERENCES drive (key) ON DELETE CASCADE,
    since INTEGER NOT NULL,               -- when it failed last
    cleared INTEGER NOT NULL DEFAULT 0,   -- the medium has worked in another drive since
    PRIMARY KEY (medium, drive)
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_couple_drive ON failed_couple (drive);

-- What happened to drives and media: the newest 16,384 entries at least.
CREATE TABLE device_event (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    what INTEGER NOT NULL,
    drive BLOB CHECK (length(drive) = 16),    -- ids: the objects may be gone
    medium BLOB CHECK (length(medium) = 16),
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX device_event_drive ON device_event (drive) WHERE drive IS NOT NULL;
CREATE INDEX device_event_medium ON device_event (medium) WHERE medium IS NOT NULL;
