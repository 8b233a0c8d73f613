#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if sys.argv[1:2] == ["demo"]:  # before Django reads its settings: the demo makes them
        from mijnduo.lokaal.demo import main

        sys.exit(main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mijnduo.settings")
    execute_from_command_line(sys.argv)
