import asyncio


async def worker(name, delay):
    await asyncio.sleep(delay)
    print(name)
    return name


async def main():
    print(await asyncio.gather(worker("b", 0.02), worker("a", 0.001)))


asyncio.run(main())
