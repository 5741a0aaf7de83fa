namespace Guildhall.Hosting;

/// <summary>Choices about what goes over the wire, from the configuration section <c>Wire</c>.</summary>
public sealed record WireOptions
{
    /// <summary>Sends the invitee's name in ListNotifications. Off by default: every typed official SDK fails on it.</summary>
    public bool InviteeName { get; init; }
}
