console.log(Object.keys(require.cache),require.main===module,module.id,module.parent,module.children,module.paths,module.loaded,require.resolve.paths('x'),module.filename);
