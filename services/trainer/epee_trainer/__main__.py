"""`python -m epee_trainer`: the same as the command `epee-trainer`."""

import sys

from epee_trainer.cli import main

sys.exit(main())
