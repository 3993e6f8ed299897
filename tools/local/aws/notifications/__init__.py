"""CodeStar notifications and CodeConnections."""
