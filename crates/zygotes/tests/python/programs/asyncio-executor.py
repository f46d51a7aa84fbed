import asyncio
async def main(): print(await asyncio.to_thread(sum, range(1000)))
asyncio.run(main())
