"""Who holds what: classes, certificates, pools, grants and how they vest."""
