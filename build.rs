//! Finds libiscsi and compiles what depends on its headers, for the feature `iscsi` alone.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "iscsi")]
    iscsi();
}

#[cfg(feature = "iscsi")]
fn iscsi() {
    const SHIM: &str = "src/device/scsi/transport/iscsi/shim.c";

    println!("cargo:rerun-if-changed={SHIM}");
    println!("cargo:rerun-if-env-changed=DOCS_RS");
    // Documentation is built without the library.
    if std::env::var_os("DOCS_RS").is_some() {
        return;
    }
    let library = match pkg_config::Config::new()
        .atleast_version("1.18")
        .cargo_metadata(false)
        .probe("libiscsi")
    {
        Ok(library) => library,
        Err(error) => {
            println!(
                "cargo:error=the feature `iscsi` needs libiscsi with its headers (Debian: libiscsi-dev): {error}"
            );
            return;
        }
    };
    cc::Build::new()
        .file(SHIM)
        .includes(&library.include_paths)
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .compile("rsm_iscsi");
    // After the shim, which refers to it.
    for path in &library.link_paths {
        println!("cargo:rustc-link-search=native={}", path.display());
    }
    for name in &library.libs {
        println!("cargo:rustc-link-lib=dylib={name}");
    }
}
