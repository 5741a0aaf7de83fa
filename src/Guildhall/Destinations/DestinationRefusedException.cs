namespace Guildhall.Destinations;

/// <summary>An address is not connected to.</summary>
/// <param name="message">Why, in a sentence for whoever named it.</param>
internal sealed class DestinationRefusedException(string message) : Exception(message);
