async function a(){await null;throw new Error('deep');}async function b(){await a();}b().catch(e=>console.log(e.stack));
