//! The rows of the media services.

use rsm::model::{
    AllocateRequest, AllocationPolicy, CreateMediaOptions, CreatedMedia, DeallocationPolicy,
    DismountOptions, LibraryId, LogicalMediaId, MediaTypeCode, MediumDescription, MountRequest,
    PhysicalMediaId, PoolId, PoolOpenMode, SideDescription, SideId, SideState, Timeout,
};

use crate::placed::medium_in;
use crate::scene::{Scene, free_pool, library, pool, walk_all};
use crate::support::{T1, label};

use SideState::{Allocated, Available, Import};

pub const FUNCTIONS: &[&str] = &[
    "AddNtmsMediaType",
    "AllocateNtmsMedia",
    "ChangeNtmsMediaType",
    "CreateNtmsMedia",
    "CreateNtmsMediaPool",
    "DeallocateNtmsMedia",
    "DecommissionNtmsMedia",
    "DeleteNtmsMedia",
    "DeleteNtmsMediaPool",
    "DeleteNtmsMediaType",
    "DismountNtmsMedia",
    "GetNtmsMediaPoolName",
    "MountNtmsMedia",
    "MoveToNtmsMediaPool",
    "SetNtmsMediaComplete",
    "SwapNtmsMedia",
];

/// Another one-sided type.
const OTHER: MediaTypeCode = MediaTypeCode::Dlt;

#[test]
fn rights_of_the_media_services() {
    let walks: [fn(&Scene<'_>); 6] = [allocate, release, offline_media, pools, types, moves];
    let mount: [fn(&Scene<'_>); 1] = [mount_and_dismount];
    walk_all(FUNCTIONS, &[&walks[..], &mount[..]].concat());
}

fn shelf(s: &Scene<'_>) -> LibraryId {
    s.f.system_pool("Free", T1);
    s.f.id("SELECT id FROM library WHERE type = 2", [])
}

/// A medium in a slot, in a pool of any kind.
fn medium(s: &Scene<'_>, pool: PoolId, state: SideState) -> CreatedMedia {
    let medium = medium_in(&s.f, pool, T1, &[state]);
    s.f.bring_online(medium.physical_media, shelf(s));
    medium
}

fn held(s: &Scene<'_>, pool: PoolId) -> LogicalMediaId {
    medium(s, pool, Allocated).sides[0].logical_media.unwrap()
}

fn allocate(s: &Scene<'_>) {
    const INTO: &str = "destination media pool";
    const FREE: &str = "source free pool (only when drawing from it)";
    const FROM: &str =
        "source import or any other pool (only when importing or taking a named side)";
    let (p, free, import) = (s.p(), s.f.system_pool("Free", T1), s.f.system_pool("Import", T1));
    let call = "AllocateNtmsMedia";
    let side = medium(s, import, Import).sides[0].side;
    let request = AllocateRequest::from(p).naming(side);
    let rows = [(INTO, pool(p)), (FROM, pool(import))];
    s.walk(call, &rows, |u| u.allocate_media(request)).unwrap();
    let mut info = s.f.session.info(p).unwrap();
    info.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    s.f.session.set_info(&info).unwrap();
    medium(s, free, Available);
    let request = AllocateRequest::from(p).error_if_unavailable();
    let rows = [(INTO, pool(p)), (FREE, pool(free))];
    s.walk(call, &rows, |u| u.allocate_media(request)).unwrap();
    medium(s, p, Available);
    s.walk(call, &[(INTO, pool(p))], |u| u.allocate_media(request)).unwrap();
}

fn release(s: &Scene<'_>) {
    const FROM: &str = "source media pool";
    const FREE: &str = "free pool (only when the medium returns to it)";
    let (p, free) = (s.p(), s.f.system_pool("Free", T1));
    let (one, two, three) = (held(s, p), held(s, p), held(s, p));
    s.walk("SetNtmsMediaComplete", &[("media pool", pool(p))], |u| u.complete_media(one)).unwrap();
    let rows = [("media pool of each LMID", pool(p))];
    s.walk("SwapNtmsMedia", &rows, |u| u.swap_media(two, three)).unwrap();
    let call = "DeallocateNtmsMedia";
    s.walk(call, &[(FROM, pool(p))], |u| u.deallocate_media(two)).unwrap();
    let mut info = s.f.session.info(p).unwrap();
    info.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    s.f.session.set_info(&info).unwrap();
    let rows = [(FROM, pool(p)), (FREE, pool(free))];
    s.walk(call, &rows, |u| u.deallocate_media(three)).unwrap();
    let side = medium(s, p, Available).sides[0].side;
    let rows = [("media pool", pool(p))];
    s.walk("DecommissionNtmsMedia", &rows, |u| u.decommission_side(side)).unwrap();
}

fn offline_media(s: &Scene<'_>) {
    let p = s.p();
    let offline = s.f.id("SELECT id FROM library WHERE key = 1", []);
    let rows = [
        ("media pool", pool(p)),
        ("computer", s.computer()),
        ("offline library", library(offline)),
    ];
    let side = SideDescription::new(Available, label(1));
    let create = || (MediumDescription::new(p), vec![side.clone()], CreateMediaOptions::empty());
    let created = s.walk("CreateNtmsMedia", &rows, |u| {
        let (medium, sides, options) = create();
        u.create_offline_media(medium, sides, options)
    });
    let medium = created.unwrap().physical_media;
    let rows = [("media pool", pool(p)), ("computer", s.computer())];
    s.walk("DeleteNtmsMedia", &rows, |u| u.delete_offline_media(medium)).unwrap();
}

fn pools(s: &Scene<'_>) {
    const ROOT: &str = "root pool (create only)";
    const PARENT: &str = "parent media pool (create only)";
    let (p, root, new) = (s.p(), s.root(), PoolOpenMode::CreateNew);
    let app = s.f.session.open_pool(r"\App", None, PoolOpenMode::OpenExisting).unwrap();
    let rows = [(ROOT, pool(root)), (PARENT, pool(app))];
    s.walk("CreateNtmsMediaPool", &rows, |u| u.open_pool(r"\App\New", None, new)).unwrap();
    let rows = [(ROOT, pool(root)), (PARENT, pool(root))];
    s.walk("CreateNtmsMediaPool", &rows, |u| u.open_pool(r"\Top", None, new)).unwrap();
    s.walk("GetNtmsMediaPoolName", &[("none", pool(p))], |u| u.pool_path(p)).unwrap();
    s.walk("DeleteNtmsMediaPool", &[("media pool", pool(p))], |u| u.delete_pool(p)).unwrap();
}

fn types(s: &Scene<'_>) {
    let (shelf, of) = (shelf(s), s.f.media_type(OTHER));
    let rows = [("library", library(shelf))];
    s.walk("AddNtmsMediaType", &rows, |u| u.add_media_type(of, shelf)).unwrap();
    s.walk("DeleteNtmsMediaType", &rows, |u| u.remove_media_type(of, shelf)).unwrap();
}

fn moves(s: &Scene<'_>) {
    let (p, q, free) = (s.p(), s.q(), s.f.system_pool("Free", T1));
    let call = "MoveToNtmsMediaPool";
    let (from, to) = ("source media pool", "destination media pool");
    for [source, target] in
        [[pool(p), pool(q)], [free_pool(free), pool(p)], [pool(p), free_pool(free)]]
    {
        let id = |guarded: crate::scene::Guarded| crate::support::cast::<PoolId>(guarded.1);
        let medium = medium(s, id(source), Available).physical_media;
        let rows = [(from, source), (to, target)];
        s.walk(call, &rows, |u| u.move_to_pool(medium, id(target))).unwrap();
    }
    let (other, other_free) = (s.f.pool(r"\App\Other", OTHER), s.f.system_pool("Free", OTHER));
    let call = "ChangeNtmsMediaType";
    let to = "destination media pool (own decision)";
    for target in [pool(other), free_pool(other_free)] {
        let medium = medium(s, p, Available).physical_media;
        let rows = [(from, pool(p)), (to, target), ("computer", s.computer())];
        let into = crate::support::cast::<PoolId>(target.1);
        s.walk(call, &rows, |u| u.move_and_retype(medium, into)).unwrap();
    }
}

fn mount_and_dismount(s: &Scene<'_>) {
    let robot = s.robot();
    let medium = s.f.session.list::<PhysicalMediaId>(Some(robot.into())).unwrap()[0];
    let side = s.f.session.list::<SideId>(Some(medium.into())).unwrap()[0];
    let p = s.f.session.info(medium).unwrap().pool;
    let rows = [("media pool", pool(p)), ("library", library(robot))];
    let mount = s.walk("MountNtmsMedia", &rows, |u| u.mount(MountRequest::from(side))).unwrap();
    s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    let dismount = |u: &rsm::Session| u.dismount(&[side.into()], DismountOptions::IMMEDIATE);
    s.walk("DismountNtmsMedia", &rows, dismount).unwrap();
    drop(mount);
    s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
}
