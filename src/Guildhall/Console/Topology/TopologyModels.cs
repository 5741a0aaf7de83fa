namespace Guildhall.Console.Topology;

public sealed record TopologyModel(IReadOnlyList<ConsortiumView> Consortia);

/// <param name="Drawing">The picture, laid out.</param>
public sealed record ConsortiumModel(ConsortiumView Consortium, Drawing Drawing);
