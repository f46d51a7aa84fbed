"""An agent that speaks the Model Context Protocol with its official client.

Usage: mcp_agent.py LETSCODE
"""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    return result.is_error, result.structured_content, result.content[0].text


async def run_programs(session):
    tests = [{"stdin": "1", "expected": "2"}, {"stdin": "2", "expected": "5"}]
    is_error, answer, _ = await call(
        session, "run_code", language="py", code="print(int(input()) * 2)", tests=tests
    )
    assert not is_error, answer
    assert [run["verdict"] for run in answer["runs"]] == ["Accepted", "Wrong Answer"], answer

    _, answer, _ = await call(session, "run_code", language="cpp", code="int main() { return x; }")
    assert answer["compile"]["success"] is False, answer
    assert answer["runs"] == [], answer

    _, answer, _ = await call(
        session, "run_code", language="python", code="while True: pass", cpu_time_ms=300
    )
    assert answer["runs"][0]["outcome"] == "cpu_time_exceeded", answer

    files = [{"name": "data.txt", "content": "beside it"}]
    _, answer, _ = await call(
        session, "run_code", language="python", code="print(open('data.txt').read())", files=files
    )
    assert answer["runs"][0]["stdout"] == "beside it\n", answer


async def make_mistakes(session):
    is_error, _, text = await call(session, "run_code", language="cobol", code="x")
    assert is_error and "cobol" in text and "python" in text, text
    is_error, _, text = await call(
        session, "run_code", language="python", code="x", cpu_time_ms=10**12
    )
    assert is_error and "cpuTime" in text, text


async def main(binary):
    parameters = StdioServerParameters(command=binary, args=["mcp"])
    async with stdio_client(parameters) as (reader, writer):
        async with ClientSession(reader, writer) as session:
            await session.initialize()
            tools = {tool.name for tool in (await session.list_tools()).tools}
            assert tools == {"run_code", "list_languages"}, tools
            _, answer, _ = await call(session, "list_languages")
            assert "python" in [language["id"] for language in answer["languages"]], answer
            await run_programs(session)
            await make_mistakes(session)
            many = [
                call(session, "run_code", language="python", code=f"print({number})")
                for number in range(10)
            ]
            outputs = [answer["runs"][0]["stdout"] for _, answer, _ in await asyncio.gather(*many)]
            assert outputs == [f"{number}\n" for number in range(10)], outputs
    print("answered as expected")


asyncio.run(main(sys.argv[1]))
