using Guildhall.Api;
using Guildhall.Memberships;

namespace Guildhall.Console;

// The ways to answer.
internal sealed partial class ConsoleRequest
{
    /// <summary>The page that the view makes of the model.</summary>
    public IResult Show<TView, TModel>(string title, TModel model, int status = StatusCodes.Status200OK)
        where TView : View<TModel> =>
        new Page(this, title, status, builder =>
        {
            builder.OpenComponent(0, typeof(TView));
            builder.AddComponentParameter(1, nameof(View<>.Model), model);
            builder.CloseComponent();
        });

    /// <summary>The same, for a page with a form.</summary>
    /// <param name="refusal">Why the form was turned down; null when it was not.</param>
    public IResult Show<TView, TModel>(string title, TModel model, Refusal? refusal)
        where TView : View<TModel> =>
        Show<TView, TModel>(title, model, refusal is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);

    /// <summary>After a form: to the page that shows what became of it.</summary>
    /// <param name="notice">What that page shall say first.</param>
    public IResult Go(string path, string? notice = null)
    {
        if (notice is not null)
        {
            Cookies.Notice.WriteText(Context, notice, NoticeLifetime);
        }

        return new SeeOther(path);
    }

    /// <summary>A page that says what is wrong and what to do about it.</summary>
    public IResult Refuse(Refusal refusal)
    {
        Context.Response.SayWhenAgain(refusal.Status, refusal.RetryAfter);
        return Show<RefusalView, Refusal>(T("Not possible"), refusal, refusal.Status == 400 ? StatusCodes.Status422UnprocessableEntity : refusal.Status);
    }

    public IResult NotFound() => Refuse(ConsoleRefusals.PageUnknown);

    /// <summary>The sign-in page, which leads back here.</summary>
    public IResult AskToSignIn() => Method == HttpMethods.Get && Path.Length > 0
        ? Go("/console/sign-in?to=" + Uri.EscapeDataString(Here))
        : Go("/console/sign-in", Path.Length > 0 ? T("Your session has ended. Sign in again.") : null);

    public string T(string text) => Texts[text];

    public string T(string text, params object[] values) => Texts.Format(text, values);

    /// <summary>What the form before had to say; it is said once.</summary>
    internal string? TakeNotice()
    {
        var notice = Cookies.Notice.ReadText(Context.Request);
        if (notice is not null)
        {
            Cookies.Notice.Remove(Context);
        }

        return notice;
    }

    private sealed class SeeOther(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
