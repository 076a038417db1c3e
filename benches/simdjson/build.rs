//! Compiles the bridge once per kernel against the simdjson that crate `simdjson-sys` carries.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

/// simdjson's name of the kernel, and the architecture that has its instructions.
const KERNELS: [(&str, &str); 2] = [("icelake", "icelake-server"), ("haswell", "haswell")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=bridge.cpp");
    if env::var("CARGO_CFG_TARGET_ARCH")? != "x86_64" {
        return Err("expected an x86-64 target: the kernels that are compared exist only there".into());
    }
    let simdjson = find_simdjson()?;
    for (kernel, architecture) in KERNELS {
        let mut build = cc::Build::new();
        build
            .cpp(true)
            .std("c++17")
            .file("bridge.cpp")
            .include(&simdjson)
            // On-Demand is compiled for one kernel, chosen here, as simdjson documents: with
            // the kernel's instructions allowed everywhere, optimised, without its assertions.
            .define("KERNEL", kernel)
            .define("SIMDJSON_BUILTIN_IMPLEMENTATION", kernel)
            // Both kernels end up in one program: each gets a simdjson of its own name, or the
            // linker would merge functions compiled for different CPUs.
            .define("simdjson", format!("simdjson_{kernel}").as_str())
            .define("NDEBUG", None)
            .flag(format!("-march={architecture}"))
            .flag_if_supported("-mtune=native")
            .opt_level(3)
            .warnings(false);
        for (other, _) in KERNELS.iter().filter(|(other, _)| *other != kernel) {
            build.define(&format!("SIMDJSON_IMPLEMENTATION_{}", other.to_uppercase()), "0");
        }
        build.define("SIMDJSON_IMPLEMENTATION_WESTMERE", "0").define("SIMDJSON_IMPLEMENTATION_FALLBACK", "0");
        build.try_compile(&format!("on_demand_{kernel}"))?;
    }
    println!("cargo::rustc-env=BRIDGE_COMPILER={}", compiler());
    Ok(())
}

/// The directory of `simdjson.h` and `simdjson.cpp`.
fn find_simdjson() -> Result<PathBuf, Box<dyn Error>> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let output = Command::new(env::var("CARGO")?)
        .args(["metadata", "--format-version=1", "--manifest-path"])
        .arg(manifest)
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("expected a list of packages")?;
    let package = packages.iter().find(|package| package["name"] == "simdjson-sys");
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    let directory = PathBuf::from(manifest.ok_or("expected simdjson-sys among the packages")?)
        .with_file_name("vendor")
        .join("simdjson");
    if !directory.join("simdjson.cpp").is_file() {
        return Err(format!("expected simdjson.cpp in {}", directory.display()).into());
    }
    Ok(directory)
}

/// The compiler's own first line, for the report.
fn compiler() -> String {
    let tool = cc::Build::new().cpp(true).try_get_compiler();
    let version = tool.ok().and_then(|tool| tool.to_command().arg("--version").output().ok());
    let text = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
