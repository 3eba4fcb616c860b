"""What tests share: databases, servers, Node, vectors; and how a run behaves as a whole."""
