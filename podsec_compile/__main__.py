"""`python -m podsec_compile`."""

from podsec_compile.cli import main

main()
