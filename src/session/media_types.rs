//! AddNtmsMediaType and DeleteNtmsMediaType: which media types a library takes.

use super::Session;
use super::context::{present, require};
use crate::catalog::{LibraryRow, MediaTypeRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{drop_media_type, ensure_media_type};
use crate::model::{
    AccessModel, AccessRights, Caller, LibraryId, MediaTypeCode, MediaTypeId, ObjectType,
};

impl Session {
    /// The id of a media type that every catalog knows.
    ///
    /// # Errors
    /// `InvalidHandle`: the session is closed.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// use rsm::OpenOptions;
    /// use rsm::model::MediaTypeCode;
    ///
    /// let manager = OpenOptions::new().create(true).open(directory.path())?;
    /// let session = manager.session("example")?;
    /// let lto = session.media_type(MediaTypeCode::LtoUltrium)?;
    /// assert_ne!(lto, session.media_type(MediaTypeCode::Dlt)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn media_type(&self, code: MediaTypeCode) -> Result<MediaTypeId> {
        self.check_open()?;
        let row = self.context().catalog.read(|view| view.media_type_by_code(code.value()))?;
        let row = row.ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, "the catalog does not know this media type")
        })?;
        Ok(row.id)
    }

    /// Lists a media type in a library and makes those of its system pools that are missing:
    /// `\Free\<type>`, `\Import\<type>` and `\Unrecognized\<type>`. A type that is listed already
    /// is not listed twice.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidMedia`, `InvalidLibrary`: no such media type, no such library.
    /// * `AccessDenied`: MODIFY is missing on the library.
    /// * `LibraryOffline`: it is the offline library, or its hardware is gone.
    /// * `ResourceDisabled`: it is disabled.
    #[doc(alias = "AddNtmsMediaType")]
    pub fn add_media_type(&self, media_type: MediaTypeId, library: LibraryId) -> Result<()> {
        let call = self.type_call(media_type, library)?;
        let context = self.context();
        let (pools, now) = (std::array::from_fn(|_| context.ids.fresh()), context.clock.now());
        context.catalog.write(move |transaction| {
            let (media_type, library) = call.resolve(transaction)?;
            let fail = |kind, reason: &'static str| {
                Err(Error::new(kind, reason).about(ObjectType::Library, library.id))
            };
            if library.is_offline() {
                return fail(ErrorKind::LibraryOffline, "the library has no hardware");
            }
            if !library.enabled {
                return fail(ErrorKind::ResourceDisabled, "the library is disabled");
            }
            ensure_media_type(transaction, &library, &media_type, pools, now)
        })
    }

    /// Takes a media type off the list of a library that holds no medium of it. When no library
    /// lists the type any more and no medium of it exists anywhere, its system pools go;
    /// application pools of the type remain.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidMedia`, `InvalidLibrary`: no such media type, no such library.
    /// * `AccessDenied`: MODIFY is missing on the library.
    /// * `NotEmpty`: the library holds media of the type.
    #[doc(alias = "DeleteNtmsMediaType")]
    pub fn remove_media_type(&self, media_type: MediaTypeId, library: LibraryId) -> Result<()> {
        let call = self.type_call(media_type, library)?;
        let context = self.context();
        let now = context.clock.now();
        context.catalog.write(move |transaction| {
            let (media_type, library) = call.resolve(transaction)?;
            if transaction.library_holds_type(library.key, media_type.key)? {
                let reason = format!("the library holds media of type {}", media_type.name);
                return Err(
                    Error::new(ErrorKind::NotEmpty, reason).about(ObjectType::Library, library.id)
                );
            }
            drop_media_type(transaction, &library, &media_type, now)
        })
    }

    fn type_call(&self, media_type: MediaTypeId, library: LibraryId) -> Result<TypeCall> {
        self.check_open()?;
        present(media_type, "the media type")?;
        present(library, "the library")?;
        let (caller, model) = (self.caller().clone(), self.context().access_model);
        Ok(TypeCall { media_type, library, caller, model })
    }
}

/// What both calls are given.
struct TypeCall {
    media_type: MediaTypeId,
    library: LibraryId,
    caller: Caller,
    model: AccessModel,
}

impl TypeCall {
    fn resolve(&self, view: &View<'_>) -> Result<(MediaTypeRow, LibraryRow)> {
        let media_type = view.media_type_by_id(self.media_type)?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, "no such media type")
                .about(ObjectType::MediaType, self.media_type)
        })?;
        let library = view.library_by_id(self.library)?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidLibrary, "no such library")
                .about(ObjectType::Library, self.library)
        })?;
        let wanted = self.model.choose(AccessRights::MODIFY, AccessRights::CONTROL);
        require(&self.caller, &library.security, wanted, ObjectType::Library, library.id)?;
        Ok((media_type, library))
    }
}
