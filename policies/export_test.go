package policies

import "flag"

// Update rewrites golden and generated files instead of comparing with them.
var Update = flag.Bool("update", false, "rewrite golden and generated files")
