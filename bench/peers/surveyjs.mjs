// SurveyJS, with each of its two rules for what leaves the route: "none" keeps it and filters go on reading it (as its own
// default does until the end), "onHiddenContainer" forgets it for good once its question or its page is hidden.
import { Model } from "survey-core";
import { play, read, tell } from "./playing.mjs";

const definition = JSON.parse(read("form.surveyjs.json"));

function open(clearInvisibleValues) {
  const survey = new Model({ ...definition, clearInvisibleValues });
  const checked = survey.getAllQuestions().filter((question) => question.validators.length > 0);
  return {
    give: (name, value) => survey.setValue(name, value),
    asked: () => survey.getAllQuestions(true).map((question) => question.name),
    faulty: () => checked.filter((question) => question.isVisible && question.errors.length > 0).map((question) => question.name),
  };
}

tell({
  surveyjs_keeps: await play(() => open("none")),
  surveyjs_forgets: await play(() => open("onHiddenContainer")),
});
