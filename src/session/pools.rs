//! CreateNtmsMediaPool, DeleteNtmsMediaPool and GetNtmsMediaPoolName: pools by path.

use super::Session;
use super::context::{Actor, present, require_on_pool};
use crate::catalog::{NewPool, PoolRow, ROOT_POOL, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessModel, AccessRights, MediaTypeId, NewPoolParent, ObjectType, PoolId, PoolOpenMode,
    PoolPath, PoolType, SecurityDescriptor,
};

impl Session {
    /// Opens a pool by its path, or creates an application pool there.
    ///
    /// `path` names components separated by `\`; a leading `\` may be left out. A pool with a
    /// media type holds media, one without holds pools; `media_type` is looked at only when a pool
    /// is created. One call creates one level. System pools can be opened too. The new pool may be
    /// used by its creator and by administrators, and by whom its parent lists.
    ///
    /// Policies and the limit of allocations are set with [`set_info`](Session::set_info).
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidName`: an empty component, one of more than 63 characters, a path of more than
    ///   511, a control character.
    /// * `ObjectNotFound`: no such pool (`OpenExisting`), or its parent does not exist.
    /// * `AlreadyExists`: there is such a pool (`CreateNew`).
    /// * `InvalidMedia`: no such media type.
    /// * `InvalidParameter`: a null media type; the parent is a system pool or holds media.
    /// * `AccessDenied`: creating needs CONTROL on the root pool and on the parent.
    #[doc(alias = "CreateNtmsMediaPool")]
    pub fn open_pool(
        &self,
        path: &str,
        media_type: Option<MediaTypeId>,
        mode: PoolOpenMode,
    ) -> Result<PoolId> {
        self.open_or_create(path, media_type, mode, None)
    }

    /// Opens a pool as [`open_pool`](Session::open_pool) does; one that is created gets this
    /// descriptor in place of what its parent hands on.
    ///
    /// # Errors
    /// As [`open_pool`](Session::open_pool), and `InvalidParameter` for an entry with unknown
    /// rights.
    #[doc(alias = "lpSecurityAttributes")]
    pub fn open_pool_secured(
        &self,
        path: &str,
        media_type: Option<MediaTypeId>,
        mode: PoolOpenMode,
        security: SecurityDescriptor,
    ) -> Result<PoolId> {
        self.open_or_create(path, media_type, mode, Some(security))
    }

    fn open_or_create(
        &self,
        path: &str,
        media_type: Option<MediaTypeId>,
        mode: PoolOpenMode,
        security: Option<SecurityDescriptor>,
    ) -> Result<PoolId> {
        self.check_open()?;
        let security = security.map(SecurityDescriptor::checked).transpose()?;
        if let Some(media_type) = media_type {
            present(media_type, "the media type")?;
        }
        let path = PoolPath::parse(path)?;
        let context = self.context();
        if mode != PoolOpenMode::CreateNew {
            match context.catalog.read(|view| find(view, &path))? {
                Some(pool) => return Ok(pool.id),
                None if mode == PoolOpenMode::OpenExisting => return Err(missing(&path)),
                None => {}
            }
        }
        let (id, actor) = (context.ids.fresh(), self.actor());
        let new = Creation { path, media_type, mode, security, id, actor };
        context.catalog.write(move |transaction| new.run(transaction))
    }

    /// Removes an application pool that holds neither media nor pools.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMediaPool`: no such pool, or the root pool or a system pool.
    /// * `AccessDenied`: MODIFY is missing on the pool.
    /// * `NotEmpty`: it holds media or pools.
    #[doc(alias = "DeleteNtmsMediaPool")]
    pub fn delete_pool(&self, pool: PoolId) -> Result<()> {
        self.check_open()?;
        present(pool, "the media pool")?;
        let actor = self.actor();
        self.context().catalog.write(move |transaction| delete(transaction, &actor, pool))
    }

    /// The full path of a pool, with a leading `\`; the root pool's is `\`.
    ///
    /// # Errors
    /// `InvalidHandle`, `InvalidParameter` (null id), `InvalidMediaPool` (no such pool).
    #[doc(alias = "GetNtmsMediaPoolName")]
    pub fn pool_path(&self, pool: PoolId) -> Result<String> {
        self.check_open()?;
        present(pool, "the media pool")?;
        self.context().catalog.read(|view| {
            let row = view.pool_by_id(pool)?.ok_or_else(|| {
                Error::new(ErrorKind::InvalidMediaPool, "no such pool")
                    .about(ObjectType::MediaPool, pool)
            })?;
            path_of(view, row)
        })
    }
}

struct Creation {
    path: PoolPath,
    media_type: Option<MediaTypeId>,
    mode: PoolOpenMode,
    security: Option<SecurityDescriptor>,
    id: PoolId,
    actor: Actor,
}

impl Creation {
    fn run(&self, transaction: &Transaction<'_>) -> Result<PoolId> {
        if let Some(pool) = find(transaction, &self.path)? {
            return match self.mode {
                PoolOpenMode::CreateNew => Err(Error::new(
                    ErrorKind::AlreadyExists,
                    format!("the pool {} exists", self.path),
                )
                .about(ObjectType::MediaPool, pool.id)),
                PoolOpenMode::OpenAlways | PoolOpenMode::OpenExisting => Ok(pool.id),
            };
        }
        let no_parent = || missing(&self.path);
        let parent_path = self.path.parent().ok_or_else(no_parent)?;
        let name = self.path.name().ok_or_else(no_parent)?;
        let parent = find(transaction, &parent_path)?.ok_or_else(no_parent)?;
        self.check_rights(transaction, &parent)?;
        let media_type = self.media_type_key(transaction)?;
        if parent.key != ROOT_POOL
            && (parent.pool_type != PoolType::Application || parent.media_type.is_some())
        {
            return Err(Error::new(
                ErrorKind::InvalidParameter,
                "system pools and pools with a media type hold no application pools",
            )
            .about(ObjectType::MediaPool, parent.id));
        }
        let new = NewPool {
            id: self.id,
            parent: Some(parent.key),
            name: name.to_owned(),
            security: self.security(&parent),
            pool_type: PoolType::Application,
            media_type,
        };
        transaction.insert_pool(&new, self.actor.now)?;
        Ok(self.id)
    }

    fn check_rights(&self, view: &View<'_>, parent: &PoolRow) -> Result<()> {
        match self.actor.model {
            AccessModel::Server2003 => {
                require_on_pool(&self.actor.caller, &view.pool(ROOT_POOL)?, AccessRights::CONTROL)?;
                require_on_pool(&self.actor.caller, parent, AccessRights::CONTROL)
            }
            AccessModel::WindowsXp => {
                require_on_pool(&self.actor.caller, parent, AccessRights::MODIFY)
            }
        }
    }

    fn media_type_key(&self, view: &View<'_>) -> Result<Option<i64>> {
        let Some(id) = self.media_type else { return Ok(None) };
        let row = view.media_type_by_id(id)?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, "no such media type")
                .about(ObjectType::MediaType, id)
        })?;
        Ok(Some(row.key))
    }

    fn security(&self, parent: &PoolRow) -> SecurityDescriptor {
        if let Some(given) = &self.security {
            return given.clone();
        }
        let parent = if parent.key == ROOT_POOL {
            NewPoolParent::Root
        } else {
            NewPoolParent::Pool(&parent.security)
        };
        SecurityDescriptor::of_new_pool(&self.actor.caller, parent)
    }
}

fn delete(transaction: &Transaction<'_>, actor: &Actor, pool: PoolId) -> Result<()> {
    let fail =
        |kind, reason: &'static str| Error::new(kind, reason).about(ObjectType::MediaPool, pool);
    let row = transaction
        .pool_by_id(pool)?
        .ok_or_else(|| fail(ErrorKind::InvalidMediaPool, "no such pool"))?;
    if row.pool_type != PoolType::Application {
        return Err(fail(ErrorKind::InvalidMediaPool, "only application pools can be deleted"));
    }
    actor.require_on_pool(&row, AccessRights::MODIFY, AccessRights::CONTROL)?;
    if row.media_count > 0 || row.pool_count > 0 {
        return Err(fail(ErrorKind::NotEmpty, "the pool holds media or pools"));
    }
    transaction.delete_pool(&row, actor.now)
}

fn missing(path: &PoolPath) -> Error {
    Error::new(ErrorKind::ObjectNotFound, format!("there is no pool {path}, or not its parent"))
}

/// The pool at a path.
fn find(view: &View<'_>, path: &PoolPath) -> Result<Option<PoolRow>> {
    let mut pool = view.pool(ROOT_POOL)?;
    for name in path.components() {
        match view.child_pool(pool.key, name)? {
            Some(child) => pool = child,
            None => return Ok(None),
        }
    }
    Ok(Some(pool))
}

pub(super) fn path_of(view: &View<'_>, pool: PoolRow) -> Result<String> {
    let mut names = Vec::new();
    let mut pool = pool;
    while let Some(parent) = pool.parent {
        names.push(pool.name);
        pool = view.pool(parent)?;
    }
    names.reverse();
    Ok(format!("{}{}", PoolPath::SEPARATOR, names.join(r"\")))
}
