using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Console.Topology;

/// <summary>A consortium laid out on a plane: the inviter above, below it a hall per channel, in each the members in rows on its wire.</summary>
/// <remarks>Rows grow downwards, so that three members are as readable as three hundred. Lengths are the picture's own units, pixels at full size.</remarks>
public sealed record Drawing(int Width, int Height, IReadOnlyList<Hall> Halls)
{
    public const int Margin = 20;
    public const int HubWidth = 300;
    public const int HubHeight = 58;
    public const int HubBottom = Margin + HubHeight;
    public const int BoxWidth = 204;
    public const int BoxHeight = 62;

    private const int Gap = 16;
    private const int HallTop = HubBottom + 34;
    private const int HallHead = 62;
    private const int RowHeight = BoxHeight + 26;
    private const int FewestColumns = 3;
    private const int MostColumns = 6;
    private const int Roomy = 24;

    public static Drawing Of(ConsortiumView consortium)
    {
        var largest = consortium.Channels.Select(channel => consortium.Members.Count(member => member.ChannelName == channel.Name)).DefaultIfEmpty(0).Max();
        var columns = largest > Roomy ? MostColumns : Math.Clamp(largest, FewestColumns, MostColumns - 1);
        var width = (2 * Margin) + (columns * (BoxWidth + Gap)) + Gap + 24;
        var halls = new List<Hall>();
        var top = HallTop;
        foreach (var channel in consortium.Channels)
        {
            var hall = LayOut(channel, [.. consortium.Members.Where(member => member.ChannelName == channel.Name).OrderBy(Rank).ThenBy(member => member.Invitee.AccountName, StringComparer.Ordinal)], top, width, columns);
            halls.Add(hall);
            top += hall.Height + Gap;
        }

        return new Drawing(width, top + Margin - Gap, halls);
    }

    private static Hall LayOut(Channel channel, Membership[] members, int top, int width, int columns)
    {
        var boxes = members.Select((member, index) => new Box(
            member,
            Margin + 24 + Gap + (index % columns * (BoxWidth + Gap)),
            top + HallHead + 18 + (index / columns * RowHeight))).ToArray();
        var rows = (members.Length + columns - 1) / columns;
        return new Hall(channel, Margin, top, width - (2 * Margin), HallHead + (rows == 0 ? 0 : (rows * RowHeight) + 12), boxes);
    }

    /// <summary>Who is in comes first, then who is on the way, then who is asked, then who is gone.</summary>
    private static int Rank(Membership member) => member.State switch
    {
        MembershipState.Joined => 0,
        MembershipState.Joining or MembershipState.Leaving => 1,
        MembershipState.Waiting => 2,
        _ => 3,
    };
}

/// <summary>A channel in the picture.</summary>
public sealed record Hall(Channel Channel, int Left, int Top, int Width, int Height, IReadOnlyList<Box> Boxes);

/// <summary>A member in the picture.</summary>
public sealed record Box(Membership Member, int Left, int Top)
{
    public int Organizations => Member.Organizations.Length;

    public int Peers => Member.Organizations.Sum(organization => organization.NodeCount);

    /// <summary>It is not in the channel, or not any more.</summary>
    public bool IsDashed => Member.State != MembershipState.Joined;
}
