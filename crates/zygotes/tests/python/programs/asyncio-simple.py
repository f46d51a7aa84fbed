import asyncio
async def f(n):
    await asyncio.sleep(0.01 * n); print(n); return n
async def main(): print(await asyncio.gather(f(2), f(1), f(3)))
asyncio.run(main())
