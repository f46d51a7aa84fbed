import logging
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")
logging.info("a %d", 1)
logging.getLogger("x").warning("b")
