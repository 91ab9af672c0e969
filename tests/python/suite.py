"""Runs one of the suites: suite.py SUITE URL"""

import asyncio
import sys

import basic
import caller
import names
import products
import report

SUITES = {"basic": basic.STEPS, "caller": caller.STEPS, "names": names.STEPS, "products": products.STEPS}

if __name__ == "__main__":
    suite, url = sys.argv[1:]
    asyncio.run(report.run(SUITES[suite], url))
