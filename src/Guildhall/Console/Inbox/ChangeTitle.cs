using Guildhall.Networks;

namespace Guildhall.Console.Inbox;

/// <summary>What a change of a channel is for, in a line.</summary>
internal static class ChangeTitle
{
    public static string Of(ConsoleRequest request, SignatureRequest asked, ChangeReason? reason) => reason switch
    {
        null => request.T("A change of channel {0}", asked.ChannelName),
        { IsLeaving: true } => request.T("{0} leaves channel {1}", reason.InviteeAccount, asked.ChannelName),
        _ => request.T("{0} joins channel {1}", reason.InviteeAccount, asked.ChannelName),
    };
}
