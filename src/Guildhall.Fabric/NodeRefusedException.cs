namespace Guildhall.Fabric;

/// <summary>Thrown by <see cref="FabricOptions.Connect"/> for an address that is not to be connected to.</summary>
/// <param name="message">Why, in a sentence that whoever named the address may read.</param>
public sealed class NodeRefusedException(string message) : Exception(message);
