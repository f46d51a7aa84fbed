console.log(process.version,process.versions.v8,process.platform,process.arch,process.config.variables.napi_build_version,process.release.name,process.features);
