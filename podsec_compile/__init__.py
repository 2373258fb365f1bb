"""Compile Kubernetes pod security rules into the policy engines that clusters run."""

__version__ = "0.1.0"
